import { constants, type Stats } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { isAbsolute, normalize, sep } from 'node:path';
import { DriverError } from '../../contract.ts';

/** A file that passed the checks, and by which it is recognised again: a path may lead elsewhere a moment later. */
export interface SafeFile {
  readonly path: string;
  readonly device: number;
  readonly inode: number;
  /** Whether the file system takes O_DIRECT. */
  readonly directPossible: boolean;
}

/**
 * Checks that a path that came from outside is absolute, plain (no `..`, `.` or `//`), below one of `allowedDirectories`,
 * not reached through a symbolic link below them, and a regular file. Changes nothing.
 * @throws {DriverError} `unsafe_path`; `backend_failed` when the file isn't there or can't be opened
 */
export async function safeFile(path: string, allowedDirectories: readonly string[]): Promise<SafeFile> {
  const refuse = (why: string): DriverError => new DriverError('unsafe_path', `${JSON.stringify(path)}: ${why}`);
  if (!isAbsolute(path)) {
    throw refuse('not an absolute path');
  }
  if (path.includes('\0') || normalize(path) !== path || path.endsWith(sep)) {
    throw refuse('not a plain path: "..", ".", "//", a trailing "/" and NUL are refused');
  }
  const allowed = allowedDirectories.find((directory) => path.startsWith(withoutTrailingSlash(directory) + sep));
  if (allowed === undefined) {
    const list = allowedDirectories.length === 0 ? 'none is configured' : allowedDirectories.join(', ');
    throw refuse(`not below an allowed directory (${list})`);
  }
  const directory = withoutTrailingSlash(allowed);
  try {
    if ((await realpath(path)) !== (await realpath(directory)) + path.slice(directory.length)) {
      throw refuse(`reached through a symbolic link below ${directory}`);
    }
    const stats = await openedStats(path, constants.O_NOFOLLOW);
    if (!stats.isFile()) {
      throw refuse('not a regular file');
    }
    const directPossible = await takesDirect(path);
    return { path, device: stats.dev, inode: stats.ino, directPossible };
  } catch (error) {
    if (error instanceof DriverError) {
      throw error;
    }
    const why = error instanceof Error ? error.message : String(error);
    throw new DriverError('backend_failed', `volume file ${JSON.stringify(path)}: ${why}`, { cause: error });
  }
}

function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith(sep) ? path.slice(0, -1) : path;
}

/** O_NONBLOCK, so that a FIFO put there doesn't stop us. */
async function openedStats(path: string, flags: number): Promise<Stats> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | flags);
  try {
    return await file.stat();
  } finally {
    await file.close();
  }
}

async function takesDirect(path: string): Promise<boolean> {
  try {
    await openedStats(path, constants.O_NOFOLLOW | constants.O_DIRECT);
    return true;
  } catch {
    return false;
  }
}
