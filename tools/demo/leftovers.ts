import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';

/** Command lines of running processes that mention `text`, except our own and our parents'. */
export function processesMentioning(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && Number(name) !== process.ppid)
    .map((pid) => `${pid}: ${readIfThere(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()}`)
    .filter((line) => line.includes(text));
}

/** Mount points below a directory. */
export function mountsBelow(directory: string): string[] {
  return readIfThere('/proc/self/mountinfo')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((mountPoint) => mountPoint.startsWith(`${directory}/`));
}

/** Removes a directory of ours. A directory of named network namespaces is a mount point even when it is empty. */
export function removeDirectory(directory: string): void {
  for (const mountPoint of mountsBelow(directory).reverse()) spawnSync('umount', ['--lazy', mountPoint]);
  rmSync(directory, { recursive: true, force: true });
}

/** Names in a directory; none when it isn't there. */
export function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
