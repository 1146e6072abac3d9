import type { Attachment } from '@iorcl/api';
import type { InstanceStats, IoCounters } from '@iorcl/iohyp-driver';
import { Counter, Gauge, type Registry } from 'prom-client';

export interface StatsSource {
  attachments(): readonly Attachment[];
  stats(instanceId: string, signal: AbortSignal): Promise<InstanceStats | undefined>;
}

const ASK_AT_ONCE = 8;
const ASK_FOR_MS = 2_000;

/** `instance` alone is what Prometheus calls the process that it asks. */
const VOLUME_LABELS = ['attachment_id', 'volume_id', 'instance_id'];

type Described<T> = readonly [name: string, help: string, read: (from: T) => number | undefined];

/** What the storage of volumes was asked to do. Begins anew when a volume is opened anew, as Prometheus' counters may. */
const VOLUME_COUNTERS: readonly Described<IoCounters>[] = [
  ['iorcl_volume_read_bytes_total', "Bytes read from a volume's storage.", (io) => io.readBytes],
  ['iorcl_volume_written_bytes_total', "Bytes written to a volume's storage.", (io) => io.writtenBytes],
  ['iorcl_volume_read_operations_total', 'Reads.', (io) => io.readOperations],
  ['iorcl_volume_write_operations_total', 'Writes.', (io) => io.writeOperations],
  [
    'iorcl_volume_operations_total',
    'Reads and writes, of a data plane that does not tell them apart.',
    (io) => io.operations,
  ],
  [
    'iorcl_volume_read_seconds_total',
    'How long reads took, added up: divided by their number, their mean latency.',
    (io) => io.readSeconds,
  ],
  ['iorcl_volume_write_seconds_total', 'How long writes took, added up.', (io) => io.writeSeconds],
  ['iorcl_volume_flush_operations_total', 'Flushes.', (io) => io.flushOperations],
  ['iorcl_volume_flush_seconds_total', 'How long flushes took, added up.', (io) => io.flushSeconds],
  ['iorcl_volume_discard_operations_total', 'Discards.', (io) => io.discardOperations],
  ['iorcl_volume_discarded_bytes_total', "Bytes of a volume's storage that were discarded.", (io) => io.discardedBytes],
  ['iorcl_volume_discard_seconds_total', 'How long discards took, added up.', (io) => io.discardSeconds],
];

/** What a data plane costs and does as a whole. */
const INSTANCE_COUNTERS: readonly Described<InstanceStats>[] = [
  ['iorcl_instance_cpu_seconds_total', "Processor time of an instance's data plane.", (stats) => stats.cpuSeconds],
  [
    'iorcl_instance_disk_read_bytes_total',
    "Bytes that an instance's data plane read from disks of this host; storage that it reaches over the network is not in it.",
    (stats) => stats.diskReadBytes,
  ],
  [
    'iorcl_instance_disk_written_bytes_total',
    "Bytes that an instance's data plane wrote to disks of this host.",
    (stats) => stats.diskWrittenBytes,
  ],
];

/** Adds counters per volume, and costs per instance, of whatever the driver knows; it is asked at each reading. */
export function collectVolumeCounters(registry: Registry, source: StatsSource): void {
  const registers = [registry];
  let reading: Promise<readonly InstanceStats[]> | undefined;
  // All metrics of one reading share one round of questions.
  const read = (): Promise<readonly InstanceStats[]> => {
    reading ??= askAll(source).finally(() => {
      reading = undefined;
    });
    return reading;
  };
  for (const [name, help, counter] of VOLUME_COUNTERS) {
    new Counter({
      ...{ registers, name, help, labelNames: VOLUME_LABELS },
      async collect() {
        const found = await read();
        const volumes = new Map(source.attachments().map(({ id, volumeId }) => [id, volumeId]));
        this.reset();
        for (const { instanceId, volumes: of } of found) {
          for (const { attachmentId, io } of of) {
            const value = io === undefined ? undefined : counter(io);
            const labels = {
              attachment_id: attachmentId,
              volume_id: volumes.get(attachmentId) ?? '',
              instance_id: instanceId,
            };
            if (isCount(value)) this.inc(labels, value);
          }
        }
      },
    });
  }
  for (const [name, help, counter] of INSTANCE_COUNTERS) {
    new Counter({
      ...{ registers, name, help, labelNames: ['instance_id'] },
      async collect() {
        const found = await read();
        this.reset();
        for (const stats of found) {
          const value = counter(stats);
          if (isCount(value)) this.inc({ instance_id: stats.instanceId }, value);
        }
      },
    });
  }
  new Gauge({
    ...{ registers, name: 'iorcl_instance_resident_bytes', labelNames: ['instance_id'] },
    help: "Memory of an instance's data plane.",
    async collect() {
      const found = await read();
      this.reset();
      for (const { instanceId, residentBytes } of found) {
        if (residentBytes !== undefined) this.set({ instance_id: instanceId }, residentBytes);
      }
    },
  });
}

/** What a driver from elsewhere says may be anything, and one wrong number must not keep all others from being read. */
function isCount(value: number | undefined): value is number {
  return Number.isFinite(value) && Number(value) >= 0;
}

/** Who doesn't answer in time is left out: a reading must not hang on one data plane. */
async function askAll(source: StatsSource): Promise<readonly InstanceStats[]> {
  const waiting = [...new Set(source.attachments().map(({ instanceId }) => instanceId))];
  const signal = AbortSignal.timeout(ASK_FOR_MS);
  const found: InstanceStats[] = [];
  const ask = async (): Promise<void> => {
    for (let instanceId = waiting.pop(); instanceId !== undefined; instanceId = waiting.pop()) {
      if (signal.aborted) return;
      const stats = await source.stats(instanceId, signal).catch(() => undefined);
      if (stats !== undefined) found.push(stats);
    }
  };
  const late = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  await Promise.race([Promise.all(Array.from({ length: ASK_AT_ONCE }, ask)), late]);
  return found;
}
