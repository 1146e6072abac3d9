import type { InstanceState, InstanceStats } from '../../../contract.ts';
import { type IoHost, stateOf } from '../io-host.ts';
import { findBdev } from '../scripts.ts';

export async function inspect(
  host: IoHost,
  instanceId: string,
  signal: AbortSignal,
): Promise<InstanceState | undefined> {
  const records = await host.records.ofInstance(instanceId);
  const [first] = records;
  if (first === undefined) {
    return undefined;
  }
  const bdevs = await host.bdevs(signal);
  const { address, port } = first;
  return { instanceId, pid: undefined, address, port, volumes: records.map((record) => stateOf(record, bdevs)) };
}

export async function readStats(
  host: IoHost,
  instanceId: string,
  signal: AbortSignal,
): Promise<InstanceStats | undefined> {
  const records = await host.records.ofInstance(instanceId);
  if (records.length === 0) {
    return undefined;
  }
  const bdevs = await host.bdevs(signal);
  const volumes = records.map(({ attachmentId, path }) => {
    const bdev = findBdev(bdevs, path);
    const io = bdev && {
      operations: bdev.operations,
      readBytes: bdev.bytesRead,
      writtenBytes: bdev.bytesWritten,
    };
    return { attachmentId, io };
  });
  return { instanceId, cpuSeconds: undefined, residentBytes: undefined, volumes };
}
