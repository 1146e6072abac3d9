import type { CinderAttachmentAnswer } from '@iorcl/api';
import type { DiskPlace } from '../importers/contract.ts';

/** What Nova needs of Cinder's own answer besides the path. */
export type VolumeTraits = Pick<CinderAttachmentAnswer, 'accessMode' | 'qosSpecs' | 'cacheable'>;

/** connection_info that names an imported disk, flat as in the v3 API (see Block Storage API v3, "attachments"). */
export function connectionInfo(
  attachmentId: string,
  volumeId: string,
  place: DiskPlace,
  traits: VolumeTraits,
): Readonly<Record<string, unknown>> {
  return {
    ...connection(place),
    volume_id: volumeId,
    attachment_id: attachmentId,
    access_mode: traits.accessMode,
    qos_specs: traits.qosSpecs,
    // What the volume's encryption needs is done on the I/O host.
    encrypted: false,
    cacheable: traits.cacheable,
    // For the compute driver module: Nova's own types are used by others, too.
    imported_by: 'iorcl',
  };
}

/**
 * Nova's volume type and what it wants to know. Of the types that a stock Nova has, `gpfs` makes a file disk and `local` a block
 * disk, and both connect to nothing; `nvmeof` is os-brick's NVMe connector (`NVMeOFConnProps`, a target). `iorcl` is known only to the compute driver module that comes with the hook.
 */
function connection(place: DiskPlace): Readonly<Record<string, unknown>> {
  switch (place.kind) {
    case 'file':
      return { driver_volume_type: 'gpfs', device_path: place.path };
    case 'block':
      return { driver_volume_type: 'local', device_path: place.path };
    case 'nbd-socket':
      return {
        driver_volume_type: 'iorcl',
        transport: 'unix',
        socket_path: place.path,
        export_name: place.exportName,
      };
    case 'nvmeof':
      return {
        driver_volume_type: 'nvmeof',
        target_nqn: place.subsystemNqn,
        vol_uuid: place.namespaceUuid,
        portals: place.portals,
        host_nqn: place.hostNqn,
      };
  }
}
