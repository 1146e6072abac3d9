import { Fault } from '../http/fault.ts';
import type { CinderDatabase } from './database.ts';

/** What a project may have of Cinder's. Undefined: any number. */
export interface VolumeQuotas {
  readonly volumes?: number | undefined;
  readonly gigabytes?: number | undefined;
  readonly snapshots?: number | undefined;
}

/** Refuses, as Cinder does, a volume or a snapshot (or so much more of a volume) that a project's quota has no room for. */
export function checkVolumeQuotas(
  database: CinderDatabase,
  projectId: string,
  more: { readonly volumes?: number; readonly snapshots?: number; readonly gigabytes: number },
): void {
  const quotas = database.quotas.get(projectId) ?? {};
  const volumes = database.volumes().filter((volume) => volume.projectId === projectId);
  const snapshots = database.snapshots.all().filter((snapshot) => snapshot.projectId === projectId);
  const consumed = [...volumes, ...snapshots].reduce((sum, { sizeGiB }) => sum + sizeGiB, 0);
  if (quotas.gigabytes !== undefined && consumed + more.gigabytes > quotas.gigabytes) {
    throw overLimit(
      `VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested ${more.gigabytes}G, quota is ${quotas.gigabytes}G and ${consumed}G has been consumed.`,
    );
  }
  if (quotas.volumes !== undefined && volumes.length + (more.volumes ?? 0) > quotas.volumes) {
    throw overLimit(
      `VolumeLimitExceeded: Maximum number of volumes allowed (${quotas.volumes}) exceeded for quota 'volumes'.`,
    );
  }
  if (quotas.snapshots !== undefined && snapshots.length + (more.snapshots ?? 0) > quotas.snapshots) {
    throw overLimit(`SnapshotLimitExceeded: Maximum number of snapshots allowed (${quotas.snapshots}) exceeded`);
  }
}

function overLimit(message: string): Fault {
  return new Fault(413, 'overLimit', message);
}
