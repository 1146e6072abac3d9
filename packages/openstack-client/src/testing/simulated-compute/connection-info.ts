import { isRecord, type WireRecord } from '../../wire/record.ts';
import { SimulatedNovaError } from './simulated-nova-error.ts';

/** What a stock libvirt driver of Nova knows (`nova/virt/libvirt/driver.py`, `libvirt_volume_drivers`). */
const KNOWN_TYPES: ReadonlySet<string> = new Set([
  'iscsi',
  'iser',
  'local',
  'fake',
  'rbd',
  'nfs',
  'smbfs',
  'fibre_channel',
  'gpfs',
  'quobyte',
  'scaleio',
  'vzstorage',
  'storpool',
  'nvmeof',
  'lightos',
]);

/** connection_info as Nova keeps it. */
export interface FoldedConnectionInfo {
  readonly driver_volume_type: string;
  readonly data: WireRecord;
}

/** Folds Cinder's flat connection_info, and fails as the libvirt driver does on a type that it doesn't know. */
export function foldConnectionInfo(attachment: WireRecord): FoldedConnectionInfo {
  const flat = attachment['connection_info'];
  if (!isRecord(flat)) throw new SimulatedNovaError('cinder', 'The attachment has no connection_info');
  const { driver_volume_type: type, ...data } = flat;
  if (typeof type !== 'string' || !KNOWN_TYPES.has(type)) {
    throw new SimulatedNovaError('volume_driver_not_found', `Could not find a handler for ${String(type)} volume.`);
  }
  return { driver_volume_type: type, data };
}
