import type { Attachment } from '@iorcl/api';
import type { InstanceStats, IoCounters } from '@iorcl/iohyp-driver';
import { Gauge, type Registry } from 'prom-client';

export interface StatsSource {
  attachments(): readonly Attachment[];
  stats(instanceId: string, signal: AbortSignal): Promise<InstanceStats | undefined>;
}

const ASK_AT_ONCE = 8;
const ASK_FOR_MS = 2_000;

/** `instance` alone is what Prometheus calls the process that it asks. */
const VOLUME_LABELS = ['attachment_id', 'volume_id', 'instance_id'];

/** What the data plane counts per volume. Counters begin anew with each export, as after a restart. */
const COUNTERS: readonly [name: string, help: string, read: (io: IoCounters) => number | undefined][] = [
  ['iorcl_volume_read_bytes_total', 'Bytes read by clients.', (io) => io.readBytes],
  ['iorcl_volume_written_bytes_total', 'Bytes written by clients.', (io) => io.writtenBytes],
  ['iorcl_volume_read_operations_total', 'Reads.', (io) => io.readOperations],
  ['iorcl_volume_write_operations_total', 'Writes.', (io) => io.writeOperations],
  [
    'iorcl_volume_operations_total',
    'Reads and writes, of a data plane that does not tell them apart.',
    (io) => io.operations,
  ],
];

/** Adds counters per volume, and costs per instance, of whatever the driver knows; it is asked at each reading. */
export function collectVolumeCounters(registry: Registry, source: StatsSource): void {
  const registers = [registry];
  let reading: Promise<readonly InstanceStats[]> | undefined;
  // All gauges of one reading share one round of questions.
  const read = (): Promise<readonly InstanceStats[]> => {
    reading ??= askAll(source).finally(() => {
      reading = undefined;
    });
    return reading;
  };
  for (const [name, help, counter] of COUNTERS) {
    new Gauge({
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
            if (value !== undefined) this.set(labels, value);
          }
        }
      },
    });
  }
  const costs: readonly [name: string, help: string, read: (stats: InstanceStats) => number | undefined][] = [
    ['iorcl_instance_cpu_seconds_total', "Processor time of an instance's data plane.", (stats) => stats.cpuSeconds],
    ['iorcl_instance_resident_bytes', "Memory of an instance's data plane.", (stats) => stats.residentBytes],
  ];
  for (const [name, help, cost] of costs) {
    new Gauge({
      ...{ registers, name, help, labelNames: ['instance_id'] },
      async collect() {
        const found = await read();
        this.reset();
        for (const stats of found) {
          const value = cost(stats);
          if (value !== undefined) this.set({ instance_id: stats.instanceId }, value);
        }
      },
    });
  }
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
