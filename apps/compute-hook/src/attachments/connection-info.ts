import type { CinderAttachmentAnswer } from '@iorcl/api';
import type { ImportedDisk } from '../importers/contract.ts';

/** Of Nova's volume types, those that take a path and connect to nothing: `gpfs` makes a file disk, `local` a block disk. */
const VOLUME_TYPE: Readonly<Record<ImportedDisk['kind'], string>> = { file: 'gpfs', block: 'local' };

/** What Nova needs of Cinder's own answer besides the path. */
export type VolumeTraits = Pick<CinderAttachmentAnswer, 'accessMode' | 'qosSpecs' | 'cacheable'>;

/** connection_info that names an imported disk, flat as in the v3 API (see Block Storage API v3, "attachments"). */
export function connectionInfo(
  attachmentId: string,
  volumeId: string,
  disk: Pick<ImportedDisk, 'kind' | 'path'>,
  traits: VolumeTraits,
): Readonly<Record<string, unknown>> {
  return {
    device_path: disk.path,
    driver_volume_type: VOLUME_TYPE[disk.kind],
    volume_id: volumeId,
    attachment_id: attachmentId,
    access_mode: traits.accessMode,
    qos_specs: traits.qosSpecs,
    // What the volume's encryption needs is done on the I/O host.
    encrypted: false,
    cacheable: traits.cacheable,
  };
}
