import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import * as z from 'zod';
import { major, minor } from '../backends/local/device-number.ts';
import type { IoCounters } from '../contract.ts';

/** Disks whose statistics are a block device's, as they were when a volume on it was opened. */
export interface DisksAtOpening {
  /** Number of the block device. */
  readonly device: number;
  /** The kernel's own number of the disk, which no other disk ever has: `diskseq`. Empty before Linux 5.15. */
  readonly sequence: string;
  /** Mostly one: the device itself. */
  readonly disks: readonly DiskAtOpening[];
}

interface DiskAtOpening {
  /** Below /sys/class/block. */
  readonly name: string;
  readonly sequence: string;
  /** The numbers of `stat`. */
  readonly statistics: readonly number[];
}

export const disksAtOpening: z.ZodType<DisksAtOpening> = z.object({
  device: z.int(),
  sequence: z.string(),
  disks: z.array(z.object({ name: z.string(), sequence: z.string(), statistics: z.array(z.number()) })).min(1),
});

/** Undefined where the kernel counts nothing of the device. */
export async function disksNow(device: number): Promise<DisksAtOpening | undefined> {
  const name = await nameOf(device);
  if (name === undefined) {
    return undefined;
  }
  const found = await Promise.all((await countingDisks(name)).map(readDisk));
  const disks = found.filter((disk) => disk !== undefined);
  return disks.length === 0 ? undefined : { device, sequence: await sequenceOf(name), disks };
}

/** Whether the device is still the one that it was then. */
export function isSameDevice(then: DisksAtOpening, now: DisksAtOpening | undefined): boolean {
  return now?.device === then.device && now.sequence === then.sequence;
}

/**
 * What was done since. Undefined where that isn't known: the number is another disk's now, or one of its disks has gone,
 * and what that one had counted with it.
 */
export async function countersSince(then: DisksAtOpening): Promise<IoCounters | undefined> {
  const now = await disksNow(then.device);
  if (now === undefined || !isSameDevice(then, now) || !then.disks.every((disk) => now.disks.some(isSameAs(disk)))) {
    return undefined;
  }
  const sums = now.disks
    .map((disk) => since(then.disks.find(isSameAs(disk))?.statistics ?? [], disk.statistics))
    .reduce((one, other) => one.map((value, index) => value + (other[index] ?? 0)));
  return sums.some((value) => value < 0) ? undefined : countersOf(sums);
}

function isSameAs(disk: DiskAtOpening): (other: DiskAtOpening) => boolean {
  return ({ name, sequence }) => name === disk.name && sequence === disk.sequence;
}

const SECTOR_BYTES = 512;
const MS_PER_SECOND = 1_000;
/** The kernel shows milliseconds as numbers of 32 bits, all else as numbers of 64. */
const MILLISECONDS_WRAP_AT = 2 ** 32;
const MILLISECONDS: readonly number[] = [3, 7, 9, 10, 14, 16];

function since(before: readonly number[], now: readonly number[]): readonly number[] {
  return now.map((value, index) => {
    const done = value - (before[index] ?? 0);
    return done < 0 && MILLISECONDS.includes(index) ? done + MILLISECONDS_WRAP_AT : done;
  });
}

/** Documentation/block/stat.rst of Linux. Discards came with 4.18, flushes with 5.5; device mapper counts flushes as writes. */
function countersOf(statistics: readonly number[]): IoCounters {
  const [reads = 0, , sectorsRead = 0, readMs = 0, writes = 0, , sectorsWritten = 0, writeMs = 0] = statistics;
  const [discards, , sectorsDiscarded, discardMs, flushes, flushMs] = statistics.slice(11);
  return {
    readOperations: reads,
    readBytes: sectorsRead * SECTOR_BYTES,
    readSeconds: readMs / MS_PER_SECOND,
    writeOperations: writes,
    writtenBytes: sectorsWritten * SECTOR_BYTES,
    writeSeconds: writeMs / MS_PER_SECOND,
    ...(discards === undefined || sectorsDiscarded === undefined || discardMs === undefined
      ? {}
      : {
          discardOperations: discards,
          discardedBytes: sectorsDiscarded * SECTOR_BYTES,
          discardSeconds: discardMs / MS_PER_SECOND,
        }),
    ...(flushes === undefined || flushMs === undefined
      ? {}
      : { flushOperations: flushes, flushSeconds: flushMs / MS_PER_SECOND }),
  };
}

async function nameOf(device: number): Promise<string | undefined> {
  const link = await readlink(`/sys/dev/block/${major(device)}:${minor(device)}`).catch(() => undefined);
  return link === undefined ? undefined : basename(link);
}

/** Linux 6.1 counts an NVMe namespace on its paths, and not on the disk that they lead to. */
async function countingDisks(name: string): Promise<readonly string[]> {
  if (await isCounted(name)) {
    return [name];
  }
  const [, subsystem, namespace] = /^nvme(\d+)n(\d+)$/.exec(name) ?? [];
  if (subsystem === undefined || namespace === undefined) {
    return [];
  }
  const isPath = new RegExp(`^nvme${subsystem}c\\d+n${namespace}$`);
  const paths = (await readdir('/sys/class/block')).filter((each) => isPath.test(each)).toSorted();
  const counted = await Promise.all(paths.map(isCounted));
  // If one path of several isn't counted, what the others count is not the volume's.
  return counted.every(Boolean) ? paths : [];
}

/** Device mapper counts whatever it says. */
async function isCounted(name: string): Promise<boolean> {
  return (await attribute(name, 'queue/iostats')) === '1' || (await attribute(name, 'dm/name')) !== undefined;
}

async function readDisk(name: string): Promise<DiskAtOpening | undefined> {
  const stat = await attribute(name, 'stat');
  const statistics = stat?.split(/\s+/).map(Number) ?? [];
  return statistics.length < 11 || !statistics.every(Number.isSafeInteger)
    ? undefined
    : { name, sequence: await sequenceOf(name), statistics };
}

async function sequenceOf(name: string): Promise<string> {
  return (await attribute(name, 'diskseq')) ?? '';
}

/** Of a disk; a partition has `stat` for itself, and the rest from its disk. */
async function attribute(name: string, file: string): Promise<string | undefined> {
  for (const path of [`/sys/class/block/${name}/${file}`, `/sys/class/block/${name}/../${file}`]) {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined) {
      return text.trim();
    }
  }
  return undefined;
}
