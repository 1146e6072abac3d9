import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PlugRecord, parsePlugRecord } from './plug-record.ts';

const RECORD = 'network.json';
const OWNER = 'owner-';

/**
 * Who uses which tenant network: a directory per network, in it a file per owner and one that says how the network was
 * plugged. An owner's file appears, or goes, at once; it holds the addresses that the owner asked for.
 */
export class OwnerFiles {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Names of namespaces that have a record or owners. */
  namespaces(): string[] {
    return entries(this.#directory).sort();
  }

  owners(namespace: string): string[] {
    return entries(join(this.#directory, namespace))
      .filter((file) => file.startsWith(OWNER))
      .map((file) => file.slice(OWNER.length))
      .sort();
  }

  add(namespace: string, owner: string, addresses: readonly string[] = []): void {
    writeFileSync(join(this.#directory, namespace, OWNER + owner), addresses.join('\n'), { mode: 0o600 });
  }

  /** The addresses that this owner wants the network's link to have. */
  addresses(namespace: string, owner: string): string[] {
    try {
      const text = readFileSync(join(this.#directory, namespace, OWNER + owner), 'utf8');
      return text.split('\n').filter((line) => line !== '');
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  remove(namespace: string, owner: string): void {
    rmSync(join(this.#directory, namespace, OWNER + owner), { force: true });
  }

  /** @throws TenantNetworkError `state_damaged` */
  record(namespace: string): PlugRecord | undefined {
    const path = join(this.#directory, namespace, RECORD);
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    return parsePlugRecord(text, path);
  }

  writeRecord(namespace: string, record: PlugRecord): void {
    const directory = join(this.#directory, namespace);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const path = join(directory, RECORD);
    writeFileSync(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  /** Forgets a network that has no owner. */
  forget(namespace: string): void {
    const directory = join(this.#directory, namespace);
    rmSync(join(directory, RECORD), { force: true });
    rmSync(join(directory, `${RECORD}.new`), { force: true });
    try {
      rmdirSync(directory);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
