import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConformanceClient, ConformanceWriter } from '../../src/testing/index.ts';
import type { StandIn } from './stand-in.ts';

/**
 * The guest and the data plane in one: reads and writes the backing of the export that carries its name, as long as sysfs
 * shows one, and counts as the kernel module would.
 */
export class SimulatedGuest implements ConformanceClient {
  readonly #standIn: StandIn;
  readonly #name: string;

  constructor(standIn: StandIn, name: string) {
    this.#standIn = standIn;
    this.#name = name;
  }

  async sizeBytes(): Promise<number> {
    return Number(await this.#standIn.attribute(await this.#bdev(), 'Capacity')) * 512;
  }

  async write(offset: number, length: number, pattern: number): Promise<void> {
    const bdev = await this.#bdevOf(offset + length);
    const file = await open(await this.#standIn.attribute(bdev, 'Backend_Device_Path'), 'r+');
    try {
      await file.write(Buffer.alloc(length, pattern), 0, length, offset);
      await file.sync();
    } finally {
      await file.close();
    }
    await this.#count(bdev, 'Bytes_Written', length);
    await this.#count(bdev, 'IO_Operations', 1);
  }

  async discard(offset: number, length: number): Promise<void> {
    await this.write(offset, length, 0);
  }

  async holds(offset: number, length: number, pattern: number): Promise<boolean> {
    const bdev = await this.#bdevOf(offset + length);
    const file = await open(await this.#standIn.attribute(bdev, 'Backend_Device_Path'), 'r');
    try {
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, offset);
      await this.#count(bdev, 'Bytes_Read', length);
      await this.#count(bdev, 'IO_Operations', 1);
      return buffer.every((byte) => byte === pattern);
    } finally {
      await file.close();
    }
  }

  async timeWrites(count: number, length: number): Promise<number> {
    const begin = Date.now();
    for (let index = 0; index < count; index += 1) {
      await this.write(index * length, length, 1);
    }
    return Date.now() - begin;
  }

  async keepWriting(): Promise<ConformanceWriter> {
    let completed = 0;
    let stopped = false;
    const step = async (): Promise<void> => {
      await this.write(0, 512, completed % 256);
      completed += 1;
    };
    await step();
    const ended = (async (): Promise<void> => {
      try {
        while (!stopped) {
          await step();
          await delay(2);
        }
      } catch {
        // The export is gone.
      }
      stopped = true;
    })();
    return {
      ended,
      goesOn: async () => {
        const before = completed;
        while (!stopped && completed < before + 2) {
          await delay(5);
        }
        return !stopped;
      },
      writtenBytes: () => completed * 512,
      stop: async () => {
        stopped = true;
        await ended;
      },
    };
  }

  async #bdevOf(end: number): Promise<string> {
    const bdev = await this.#bdev();
    if (end > Number(await this.#standIn.attribute(bdev, 'Capacity')) * 512) {
      throw new Error(`the disk ends before byte ${end}`);
    }
    return bdev;
  }

  async #bdev(): Promise<string> {
    for (const bdev of await this.#standIn.bdevs()) {
      const name = await this.#standIn.attribute(bdev, 'Guest_Device_Name').catch(() => undefined);
      if (name === this.#name) {
        return bdev;
      }
    }
    throw new Error(`no disk "${this.#name}" for this guest`);
  }

  async #count(bdev: string, attribute: string, more: number): Promise<void> {
    const path = join(this.#standIn.sysfsDirectory, bdev, attribute);
    await writeFile(path, `${Number(await readFile(path, 'utf8')) + more}\n`, { flag: 'r+' });
  }
}
