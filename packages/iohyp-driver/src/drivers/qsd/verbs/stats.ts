import type { InstanceStats } from '../../../contract.ts';
import { readProcessUsage } from '../../../process/process-usage.ts';
import { findOpenVolumes } from '../open-volume.ts';
import type { Session } from '../session.ts';

/** QEMU's NBD server keeps no count of what it does (block_acct is for virtual devices): only the process shows. */
export async function readStats(session: Session): Promise<InstanceStats> {
  const usage = await readProcessUsage(session.process.pid);
  const volumes = await findOpenVolumes(session);
  return {
    instanceId: session.directory.instanceId,
    cpuSeconds: usage?.cpuSeconds,
    residentBytes: usage?.residentBytes,
    volumes: volumes.map(({ record: { attachmentId } }) => ({ attachmentId, io: undefined })),
  };
}
