import { constants, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { type ImportRecord, importRecordSchema } from './import-record.ts';

/**
 * The import records of this host: one JSON file per attachment, readable by its owner only. A record is on the disk,
 * whole, before `write` resolves, and gone from it before `remove` does, whatever happens to the machine meanwhile.
 */
export class RecordStore {
  readonly #directory: string;
  readonly #records = new Map<string, ImportRecord>();
  /** What could not be read when the store was opened, a line for each file. The files are left as they are. */
  readonly problems: readonly string[];

  private constructor(directory: string, problems: string[]) {
    this.#directory = directory;
    this.problems = problems;
  }

  /** Opens the store, and makes its directory (mode 0700) if need be. */
  static open(directory: string): RecordStore {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const problems: string[] = [];
    const store = new RecordStore(directory, problems);
    for (const name of readdirSync(directory)) {
      const file = join(directory, name);
      // Was being written when the hook died: its import had not begun, and it holds a key.
      if (name.endsWith('.json.new')) rmSync(file, { force: true });
      if (!name.endsWith('.json')) continue;
      const record = readRecord(file);
      if (typeof record === 'string') problems.push(`${file}: ${record}`);
      else store.#records.set(record.attachmentId, record);
    }
    return store;
  }

  get(attachmentId: string): ImportRecord | undefined {
    return this.#records.get(attachmentId);
  }

  all(): readonly ImportRecord[] {
    return [...this.#records.values()];
  }

  async write(record: ImportRecord): Promise<void> {
    const file = this.#file(record.attachmentId);
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;
    const handle = await open(`${file}.new`, flags, 0o600);
    try {
      await handle.writeFile(JSON.stringify(record));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${file}.new`, file);
    await this.#syncDirectory();
    this.#records.set(record.attachmentId, record);
  }

  async remove(attachmentId: string): Promise<void> {
    await rm(this.#file(attachmentId), { force: true });
    await this.#syncDirectory();
    this.#records.delete(attachmentId);
  }

  #file(attachmentId: string): string {
    return join(this.#directory, `${attachmentId}.json`);
  }

  /** A rename is on the disk only when its directory is. */
  async #syncDirectory(): Promise<void> {
    const handle = await open(this.#directory, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

function readRecord(file: string): ImportRecord | string {
  try {
    const parsed = importRecordSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return parsed.success ? parsed.data : `not an import record: ${z.prettifyError(parsed.error)}`;
  } catch (cause) {
    return `can't be read: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}
