import { readdir, stat } from 'node:fs/promises';
import type { SafeFile } from './safe-file.ts';

/** Whether a process holds this very file open: same device and inode, not merely the same path. */
export async function holdsOpen(pid: number, file: SafeFile): Promise<boolean> {
  const directory = `/proc/${pid}/fd`;
  for (const descriptor of await readdir(directory)) {
    const found = await stat(`${directory}/${descriptor}`).catch(() => undefined);
    if (found?.dev === file.device && found.ino === file.inode) {
      return true;
    }
  }
  return false;
}
