import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const BLOCK_BYTES = 4096;
const BLOCKS = 64;

/** Writes to a block device without end, one flushed write after the other, as a guest's database does. */
export class DiskWriter {
  readonly #file: FileHandle;
  readonly #ended: Promise<void>;
  #written = 0;
  #failure: unknown;
  #stopped = false;

  private constructor(file: FileHandle) {
    this.#file = file;
    this.#ended = this.#write();
  }

  static async start(device: string): Promise<DiskWriter> {
    return new DiskWriter(await open(device, constants.O_RDWR | constants.O_DSYNC));
  }

  /** Writes that were completed. */
  get written(): number {
    return this.#written;
  }

  /** Resolves when a write that began after this call is completed. @throws what a write failed with */
  async goesOn(): Promise<void> {
    const before = this.#written;
    while (this.#written < before + 2) {
      if (this.#failure !== undefined) throw this.#failure;
      await delay(50);
    }
  }

  /** @throws what a write failed with */
  async stop(): Promise<number> {
    this.#stopped = true;
    await this.#ended;
    await this.#file.close();
    if (this.#failure !== undefined) throw this.#failure;
    return this.#written;
  }

  async #write(): Promise<void> {
    try {
      while (!this.#stopped) {
        const at = (this.#written % BLOCKS) * BLOCK_BYTES;
        await this.#file.write(Buffer.alloc(BLOCK_BYTES, this.#written % 251), 0, BLOCK_BYTES, at);
        this.#written += 1;
        await delay(10);
      }
    } catch (error) {
      this.#failure = error;
    }
  }
}
