import { readFile } from 'node:fs/promises';

/** One line of /proc/self/mountinfo, proc_pid_mountinfo(5). */
export interface Mount {
  readonly mountPoint: string;
  readonly fileSystem: string;
  /** Whether mounts made below it show up in other mount namespaces (optional field `shared:N`). */
  readonly shared: boolean;
}

/** The mounts that this process sees, in mount order. */
export async function readMounts(): Promise<readonly Mount[]> {
  return parseMounts(await readFile('/proc/self/mountinfo', 'utf8'));
}

/** Parses mountinfo. */
export function parseMounts(text: string): readonly Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split('\n')) {
    const fields = line.split(' ');
    const separator = fields.indexOf('-', 6);
    const mountPoint = fields[4];
    const fileSystem = fields[separator + 1];
    if (separator === -1 || mountPoint === undefined || fileSystem === undefined) continue;
    const shared = fields.slice(6, separator).some((field) => field.startsWith('shared:'));
    mounts.push({ mountPoint: unescapePath(mountPoint), fileSystem, shared });
  }
  return mounts;
}

/** The mount on which a path lies: of the longest mount points above it, the last made. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    const above = mount.mountPoint === '/' || path === mount.mountPoint || path.startsWith(`${mount.mountPoint}/`);
    if (above && mount.mountPoint.length >= (best?.mountPoint.length ?? 0)) best = mount;
  }
  return best;
}

/** Whether a file system is mounted at exactly this path. */
export async function isMountPoint(path: string): Promise<boolean> {
  return (await readMounts()).some((mount) => mount.mountPoint === path);
}

/** Blank, tab, newline and backslash are written as three octal digits. */
function unescapePath(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
