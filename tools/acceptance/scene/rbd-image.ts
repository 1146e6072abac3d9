import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAt } from '../../demo/disk-io.ts';
import { runToEnd } from '../../demo/program.ts';

const MIB = 1024 * 1024;

/** MD5 of 1 MiB of a volume as it lies in Ceph; `image` may name a snapshot: `volume-ID@SNAPSHOT`. */
export async function md5InCeph(image: string, atMiB = 7): Promise<string> {
  const bytes = await bytesInCeph(image, { atMiB, lengthMiB: 1 });
  return createHash('md5').update(bytes).digest('hex');
}

/** Bytes of a volume as they lie in Ceph. */
export async function bytesInCeph(
  image: string,
  { atMiB, lengthMiB }: { readonly atMiB: number; readonly lengthMiB: number },
): Promise<Buffer> {
  const directory = mkdtempSync(join(tmpdir(), 'iorcl-rbd-'));
  try {
    const copy = join(directory, 'part');
    // It counts from the beginning of the image, also past what it skips.
    const range = ['bs=1M', `skip=${atMiB}`, `count=${atMiB + lengthMiB}`];
    const files = [`if=rbd:volumes/${image}`, `of=${copy}`];
    const { status, error } = await runToEnd('qemu-img', ['dd', '-U', '-f', 'raw', '-O', 'raw', ...range, ...files]);
    if (status !== 0) throw new Error(`the RBD image ${image} can't be read: ${error}`);
    return await readAt(copy, lengthMiB * MIB, 0);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Who has the image open. */
export async function watchersOf(image: string): Promise<readonly string[]> {
  const { status, out, error } = await runToEnd('rbd', ['--id', 'cinder', 'status', `volumes/${image}`]);
  if (status !== 0) throw new Error(`rbd status ${image}: ${error}`);
  return out.split('\n').filter((line) => line.includes('watcher='));
}
