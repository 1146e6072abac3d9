import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeyManager } from '@iorcl/iohyp-driver';

/** Keys that an operator, or a program of theirs, has put into a directory: a file each, named by the key's id. */
export function keyDirectory(directory: string): KeyManager {
  return {
    secret: async (id, { signal }) => {
      // What Cinder names is not to lead anywhere else.
      if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(id)) throw new Error(`${JSON.stringify(id)} is no name of a key`);
      return readFile(join(directory, id), { signal });
    },
  };
}
