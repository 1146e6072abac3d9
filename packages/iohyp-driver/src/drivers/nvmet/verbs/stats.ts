import type { InstanceState, InstanceStats, VolumeStats } from '../../../contract.ts';
import { countersSince } from '../../../counters/disk-statistics.ts';
import type { Target } from '../target.ts';

/** The kernel counts by block device, and nothing by namespace: volumes that are files are not counted. */
export async function readStats(target: Target, { instanceId, volumes }: InstanceState): Promise<InstanceStats> {
  const ofVolume = async ({ attachmentId }: { readonly attachmentId: string }): Promise<VolumeStats> => {
    const counted = (await target.records.read({ instanceId, attachmentId }))?.counted;
    return { attachmentId, io: counted && (await countersSince(counted)) };
  };
  const stats = await Promise.all(volumes.map(ofVolume));
  return { instanceId, cpuSeconds: undefined, residentBytes: undefined, volumes: stats };
}
