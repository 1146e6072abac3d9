import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeyManager } from '../../contract.ts';

/** More than any passphrase; less than what a device or a mistake may hold. */
const LONGEST_BYTES = 64 * 1024;

/**
 * Keys that lie in files of this host: the passphrase of key `<id>` is the content of `<directory>/<id>`, byte for byte.
 * For labs, and for key managers that put their keys into files (Vault's agent, systemd's credentials).
 */
export class FileKeyManager implements KeyManager {
  readonly #directory: string;

  /** @param directory - absolute; read by us alone */
  constructor(directory: string) {
    this.#directory = directory;
  }

  async secret(keyManagerId: string, options: { readonly signal: AbortSignal }): Promise<Uint8Array> {
    if (!/^[\w-][\w.-]*$/.test(keyManagerId)) {
      throw new Error(`${JSON.stringify(keyManagerId)} can't be the name of a file`);
    }
    options.signal.throwIfAborted();
    const path = join(this.#directory, keyManagerId);
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const { mode, size } = await file.stat();
    if ((mode & 0o170_000) !== 0o100_000 || size > LONGEST_BYTES) {
      throw new Error(`${path} is no file of at most ${LONGEST_BYTES} bytes`);
    }
    if ((mode & 0o077) !== 0) {
      throw new Error(`${path} can be read by others (mode ${(mode & 0o777).toString(8)}): chmod 600 ${path}`);
    }
    return file.readFile();
  }
}
