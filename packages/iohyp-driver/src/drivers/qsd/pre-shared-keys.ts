import { join } from 'node:path';
import { readIfThere, writeWhole } from '../json-file.ts';
import { diffieHellmanParameters } from './diffie-hellman-parameters.ts';
import type { InstanceDirectory } from './instance-directory.ts';

/**
 * The daemon's pre-shared keys: `identity:hex` lines, as psktool(1) writes them. GnuTLS reads the file anew at each
 * handshake, so a change counts from the next connection on, without the daemon being told.
 */
export class PreSharedKeys {
  readonly #directory: InstanceDirectory;
  readonly #path: string;
  readonly #parametersPath: string;

  constructor(directory: InstanceDirectory) {
    this.#directory = directory;
    // Both names are given by QEMU's tls-creds-psk.
    this.#path = join(directory.keysDirectory, 'keys.psk');
    this.#parametersPath = join(directory.keysDirectory, 'dh-params.pem');
  }

  async identities(): Promise<readonly string[]> {
    return [...(await this.#read()).keys()];
  }

  /** Also replaces the key of an identity that has one. */
  async put(identity: string, secretHex: string): Promise<void> {
    await this.#write((await this.#read()).set(identity, secretHex));
  }

  async delete(identities: readonly string[]): Promise<void> {
    const keys = await this.#read();
    const had = identities.map((identity) => keys.delete(identity));
    if (had.includes(true)) {
      await this.#write(keys);
    }
  }

  /** What a daemon needs to start, with no key: nobody may connect. */
  async create(): Promise<void> {
    await writeWhole(this.#parametersPath, diffieHellmanParameters, this.#directory.owner);
    await this.#write(new Map());
  }

  async #read(): Promise<Map<string, string>> {
    const lines = ((await readIfThere(this.#path)) ?? '').split('\n').filter((line) => line !== '');
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(':')), line.slice(line.lastIndexOf(':') + 1)] as const),
    );
  }

  async #write(keys: ReadonlyMap<string, string>): Promise<void> {
    const text = [...keys].map(([identity, secret]) => `${identity}:${secret}\n`).join('');
    await writeWhole(this.#path, text, this.#directory.owner);
  }
}
