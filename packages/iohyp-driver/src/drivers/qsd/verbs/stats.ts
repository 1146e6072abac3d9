import type { InstanceStats, VolumeStats } from '../../../contract.ts';
import { readProcessUsage } from '../../../process/process-usage.ts';
import { readNodeNames } from '../block-graph.ts';
import { readCounters } from '../counting.ts';
import { blockNames } from '../identifiers.ts';
import { signalOf } from '../plaintext.ts';
import type { Session } from '../session.ts';
import { readVolumeRecords, type VolumeRecord } from '../volume-record.ts';

/**
 * QEMU's NBD server keeps no count of what it does (block_acct is for virtual devices, up to 10.0 at least): what it did to
 * a volume is told by who holds the storage, if anybody. The process itself is seen by the kernel.
 */
export async function readStats(session: Session): Promise<InstanceStats> {
  const { directory } = session;
  const ofVolume = async (record: VolumeRecord): Promise<VolumeStats> => ({
    attachmentId: record.attachmentId,
    io: await readCounters(directory, record, signalOf(session)),
  });
  const nodes = await readNodeNames(session);
  const records = await readVolumeRecords(directory);
  const open = records.filter(({ attachmentId }) => nodes.has(blockNames(attachmentId).raw));
  const usage = await readProcessUsage(session.process.pid);
  return {
    instanceId: directory.instanceId,
    cpuSeconds: usage?.cpuSeconds,
    residentBytes: usage?.residentBytes,
    ...usage?.disk,
    volumes: await Promise.all(open.map(ofVolume)),
  };
}
