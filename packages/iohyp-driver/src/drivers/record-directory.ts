import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type * as z from 'zod';
import type { VolumeKey } from '../contract.ts';
import { readJson, writeJson } from './json-file.ts';
import { isIdentifier } from './volume-key.ts';

/**
 * One file per volume with what the data plane itself can't tell: `<directory>/<instanceId>/<attachmentId>.json`. Written
 * before the data plane is asked for anything; a record alone means nothing.
 */
export class RecordDirectory<T> {
  readonly #path: string;
  readonly #schema: z.ZodType<T>;

  constructor(path: string, schema: z.ZodType<T>) {
    this.#path = path;
    this.#schema = schema;
  }

  read(key: VolumeKey): Promise<T | undefined> {
    return readJson(this.#file(key), this.#schema);
  }

  async write(key: VolumeKey, record: T & object): Promise<void> {
    await mkdir(join(this.#path, key.instanceId), { recursive: true, mode: 0o700 });
    await writeJson(this.#file(key), record);
  }

  /** The instance's directory goes with its last record. */
  async remove(key: VolumeKey): Promise<void> {
    await rm(this.#file(key), { force: true });
    if ((await this.attachments(key.instanceId)).length === 0) {
      await rm(join(this.#path, key.instanceId), { recursive: true, force: true });
    }
    // Only when it is empty, and quietly when it isn't.
    await rmdir(this.#path).catch(() => {});
  }

  async instances(): Promise<readonly string[]> {
    return (await names(this.#path)).filter(isIdentifier);
  }

  async attachments(instanceId: string): Promise<readonly string[]> {
    const files = (await names(join(this.#path, instanceId))).filter((name) => name.endsWith('.json'));
    return files
      .map((name) => name.slice(0, -'.json'.length))
      .filter(isIdentifier)
      .toSorted();
  }

  async ofInstance(instanceId: string): Promise<readonly T[]> {
    const keys = (await this.attachments(instanceId)).map((attachmentId) => ({ instanceId, attachmentId }));
    return (await Promise.all(keys.map((key) => this.read(key)))).filter((record) => record !== undefined);
  }

  async all(): Promise<readonly T[]> {
    return (await Promise.all((await this.instances()).map((instanceId) => this.ofInstance(instanceId)))).flat();
  }

  #file(key: VolumeKey): string {
    return join(this.#path, key.instanceId, `${key.attachmentId}.json`);
  }
}

async function names(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return [];
    }
    throw error;
  }
}
