import type { AttachedDisk } from '@iorcl/openstack-client/testing';
import type { Cast } from './cast.ts';
import type { Narrator } from './narrator.ts';
import type { Stage, Tenant } from './stage.ts';

/** Where chapters play. */
export interface Scene {
  readonly stage: Stage;
  readonly cast: Cast;
  readonly narrator: Narrator;
}

/** A volume that is attached to a tenant's instance. */
export interface AttachedVolume {
  readonly tenant: Tenant;
  readonly volumeId: string;
  readonly attachmentId: string;
  /** The disk on the compute host, as QEMU would open it. */
  readonly disk: string;
  /** The volume's own file, at the I/O host. */
  readonly file: string;
}

/** Makes a volume and attaches it to an instance through the hook. */
export async function attachNewVolume({ stage, cast }: Scene, tenant: Tenant): Promise<AttachedVolume> {
  const { id } = stage.cloud.addVolume({ sizeGiB: 1 });
  const disk = await cast.nova.attachVolume(tenant.serverId, id);
  return {
    tenant,
    volumeId: id,
    attachmentId: disk.attachmentId,
    disk: pathOf(disk),
    file: stage.cloud.volumeFile(id),
  };
}

export function pathOf(disk: AttachedDisk): string {
  if (disk.devicePath === undefined) throw new Error(`attachment ${disk.attachmentId} has no path`);
  return disk.devicePath;
}

/** Hosts that have a volume, as Cinder's database says. */
export function hostsOf({ stage }: Scene, volumeId: string): readonly unknown[] {
  return stage.cloud
    .attachments()
    .filter((attachment) => attachment.volumeId === volumeId)
    .map(({ connector }) => connector?.['host']);
}
