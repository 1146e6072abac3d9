import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAt } from '../../demo/disk-io.ts';
import { runToEnd } from '../../demo/program.ts';

const MIB = 1024 * 1024;

/** MD5 of 1 MiB of a volume as it lies in Ceph; `image` may name a snapshot: `volume-ID@SNAPSHOT`. */
export async function md5InCeph(image: string, atMiB = 7): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'iorcl-rbd-'));
  try {
    const copy = join(directory, 'part');
    const range = ['bs=1M', `skip=${atMiB}`, `count=${atMiB + 1}`];
    const files = [`if=rbd:volumes/${image}`, `of=${copy}`];
    const { status, error } = await runToEnd('qemu-img', ['dd', '-U', '-O', 'raw', ...range, ...files]);
    if (status !== 0) throw new Error(`the RBD image ${image} can't be read: ${error}`);
    return createHash('md5')
      .update(await readAt(copy, MIB, 0))
      .digest('hex');
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
