import { readdir, readFile, writeFile } from 'node:fs/promises';

const SYS_BLOCK = '/sys/block';
const MAX_PART = '/sys/module/nbd/parameters/max_part';
const SECTOR_BYTES = 512;

/** A network block device as /sys/block shows it. */
export interface NbdDevice {
  readonly index: number;
  /** The mark with which it was connected; undefined for one that is free, or connected without. */
  readonly backend: string | undefined;
  readonly sizeBytes: number;
  readonly readOnly: boolean;
}

/** All network block devices of this kernel. */
export async function nbdDevices(): Promise<readonly NbdDevice[]> {
  const indices = (await readdir(SYS_BLOCK)).map((name) => /^nbd(\d+)$/.exec(name)?.[1]);
  return await Promise.all(indices.filter((index) => index !== undefined).map((index) => readDevice(Number(index))));
}

/** The device with this mark; undefined when there is none. */
export async function deviceMarked(backend: string): Promise<NbdDevice | undefined> {
  return (await nbdDevices()).find((device) => device.backend === backend);
}

/** Path of the device's node. */
export function nodeOf(index: number): string {
  return `/dev/nbd${index}`;
}

/**
 * How many partitions the kernel looks for on each device: 0 = it never reads a partition table by itself. Undefined where
 * nbd is not loaded.
 */
export async function maxPartitions(): Promise<number | undefined> {
  const value = await attribute(MAX_PART);
  return value === undefined ? undefined : Number(value);
}

/** How long the kernel lets a request be before it looks whether its socket has died, in milliseconds. */
export async function setRequestTimeout(index: number, timeoutMs: number): Promise<void> {
  await writeFile(`${SYS_BLOCK}/nbd${index}/queue/io_timeout`, String(timeoutMs));
}

async function readDevice(index: number): Promise<NbdDevice> {
  const directory = `${SYS_BLOCK}/nbd${index}`;
  const [backend, size, ro] = await Promise.all(
    ['backend', 'size', 'ro'].map((name) => attribute(`${directory}/${name}`)),
  );
  return {
    index,
    backend: backend === '' ? undefined : backend,
    sizeBytes: Number(size ?? 0) * SECTOR_BYTES,
    readOnly: ro === '1',
  };
}

/** Undefined for one that is not there (any more). */
async function attribute(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ENODEV', 'ENXIO'].includes(String(error.code))) {
      return undefined;
    }
    throw error;
  }
}
