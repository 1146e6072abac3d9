import { chown, readFile, rename, writeFile } from 'node:fs/promises';
import type * as z from 'zod';
import { DriverError } from '../contract.ts';

/**
 * A file that is written whole or not at all, with mode 0600. It lives as long as the kernel's state does: no fsync. It is
 * its owner's from the moment it is there.
 */
export async function writeWhole(
  path: string,
  text: string,
  owner?: { readonly uid: number; readonly gid: number },
): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, text, { mode: 0o600 });
  if (owner !== undefined) {
    await chown(draft, owner.uid, owner.gid);
  }
  await rename(draft, path);
}

export async function writeJson(path: string, value: object): Promise<void> {
  await writeWhole(path, `${JSON.stringify(value)}\n`);
}

/**
 * Undefined when there is no such file.
 * @throws {DriverError} `data_plane_failed` when its content isn't what we write
 */
export async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) {
    return undefined;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new DriverError('data_plane_failed', `${path} doesn't hold what this driver writes there`, { cause });
  }
}

export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}
