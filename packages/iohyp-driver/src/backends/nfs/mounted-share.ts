import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DriverError } from '../../contract.ts';

/**
 * Where a share is mounted.
 * @throws {DriverError} `backend_failed` when nothing, or something else, is mounted there: what lies in the bare
 * directory below is not the share
 */
export async function mountedShare(mountPointBase: string, share: string): Promise<string> {
  const directory = join(mountPointBase, createHash('md5').update(share).digest('hex'));
  const source = sourceOf(await readFile('/proc/self/mountinfo', 'utf8'), directory);
  if (source !== share) {
    const has = source === undefined ? 'nothing is mounted there' : `${source} is mounted there`;
    throw new DriverError(
      'backend_failed',
      `share ${share} must be mounted at ${directory}, but ${has} (mount -t nfs ${share} ${directory})`,
    );
  }
  return directory;
}

/** proc(5), mountinfo: mount point is field 5, source the second field after the lone hyphen. The last mount counts. */
function sourceOf(mountinfo: string, directory: string): string | undefined {
  const lines = mountinfo.split('\n').map((line) => line.split(' '));
  const mount = lines.findLast((fields) => withoutEscapes(fields[4] ?? '') === directory);
  const source = mount?.[mount.indexOf('-') + 2];
  return source === undefined ? undefined : withoutEscapes(source);
}

/** Blanks, tabs, newlines and backslashes are written in octal there. */
function withoutEscapes(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
