import * as z from 'zod';
import type { IoCounters } from '../contract.ts';
import { askAdminSocket } from './ceph-admin-socket.ts';

const latency = z.object({ sum: z.number() });

/**
 * What librbd counts of an open image: `perf dump`, in seconds and bytes (src/librbd/ImageCtx.cc of Ceph). It reads a clock of
 * the kernel's ticks, so that a single latency is rough and their sum is right on the average. Zeros that are written without being sent
 * are discards to it.
 */
const image: z.ZodType<IoCounters> = z
  .object({
    ...{ rd: z.int(), rd_bytes: z.int(), rd_latency: latency },
    ...{ wr: z.int(), wr_bytes: z.int(), wr_latency: latency },
    ...{ discard: z.int(), discard_bytes: z.int(), discard_latency: latency },
    ...{ flush: z.int(), flush_latency: latency },
  })
  .transform((counted) => ({
    readOperations: counted.rd,
    readBytes: counted.rd_bytes,
    readSeconds: counted.rd_latency.sum,
    writeOperations: counted.wr,
    writtenBytes: counted.wr_bytes,
    writeSeconds: counted.wr_latency.sum,
    discardOperations: counted.discard,
    discardedBytes: counted.discard_bytes,
    discardSeconds: counted.discard_latency.sum,
    flushOperations: counted.flush,
    flushSeconds: counted.flush_latency.sum,
  }));

const sections: z.ZodType<Readonly<Record<string, unknown>>> = z.record(z.string(), z.unknown());

/**
 * @param name of the image as librbd writes it: `<pool>-<image>`, and `-<snapshot>` for one
 * @returns undefined when the process has no such image open
 * @throws {DriverError} `data_plane_failed`, `timeout`, `aborted`; ZodError when it says something else than Ceph does
 */
export async function readLibrbdCounters(
  socketPath: string,
  name: string,
  bounds: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<IoCounters | undefined> {
  const dump = sections.parse(await askAdminSocket(socketPath, { prefix: 'perf dump' }, bounds));
  const found = Object.entries(dump).find(([section]) => imageOfSection(section) === name);
  return found === undefined ? undefined : image.parse(found[1]);
}

const SECTION = 'librbd-';

/** A section is `librbd-<image id>-<pool>-<image>`: an image that this one was cloned from has a section, too. */
function imageOfSection(section: string): string | undefined {
  const afterId = section.startsWith(SECTION) ? section.indexOf('-', SECTION.length) : -1;
  return afterId < 0 ? undefined : section.slice(afterId + 1);
}
