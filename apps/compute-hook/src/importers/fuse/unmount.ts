import type { CommandRunner } from '@iorcl/iohyp-driver';
import { isMountPoint } from '../mount-table.ts';

/**
 * Removes every mount at exactly this path. What is still held open by somebody is detached lazily: the process behind
 * the mount is gone by then, so nothing can pass through it any more. Whether it worked, the mount table tells.
 */
export async function unmount(path: string, runner: CommandRunner): Promise<void> {
  // A crash between two imports may have left one mount below another.
  for (let attempt = 0; attempt < 4 && (await isMountPoint(path)); attempt++) {
    const options = attempt === 0 ? [] : ['--lazy'];
    await runner
      .run({ program: 'umount', args: ['--no-canonicalize', ...options, path] }, { timeoutMs: 5_000 })
      .catch(() => undefined);
  }
}
