import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ImportedDisk } from '../../src/importers/contract.ts';

const PROMPT = 'qemu-io> ';

/**
 * A disk as a guest has it: opened by QEMU's own block layer, in a process of its own, the way that Nova's libvirt driver says for
 * each kind of place, and held open.
 */
export class GuestDisk implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;
  #said = '';
  /** Resolves at the next prompt. */
  #prompted: PromiseWithResolvers<string> = Promise.withResolvers();

  private constructor(process: ChildProcess) {
    this.#process = process;
    this.#closed = once(process, 'close');
    void this.#closed.then(() => this.#prompted.reject(new Error(`qemu-io ended: ${this.#said}`)));
    const hear = (chunk: Buffer): void => {
      this.#said += chunk.toString();
      if (!this.#said.endsWith(PROMPT)) return;
      this.#prompted.resolve(this.#said.slice(0, -PROMPT.length));
      this.#said = '';
    };
    process.stdout?.on('data', hear);
    process.stderr?.on('data', hear);
    process.stdin?.on('error', () => {});
  }

  /** @throws Error with what QEMU says when it can't be opened */
  static async open(disk: ImportedDisk, readOnly: boolean = false): Promise<GuestDisk> {
    const args = [...(readOnly ? ['-r'] : []), '--image-opts', imageOptions(disk)];
    const guest = new GuestDisk(spawn('qemu-io', args, { stdio: 'pipe' }));
    const greeting = await guest.#prompted.promise;
    if (!/can't open|failed/i.test(greeting)) return guest;
    await guest.close();
    throw new Error(greeting);
  }

  /** Writes this byte all over a range, and flushes it. */
  async write(byte: number, offset: number, length: number): Promise<void> {
    await this.#command(`write -q -P ${byte} ${offset} ${length}`);
    await this.#command('flush');
  }

  /** Reads a range. @throws Error where it does not hold this byte all over */
  async read(byte: number, offset: number, length: number): Promise<void> {
    await this.#command(`read -q -P ${byte} ${offset} ${length}`);
  }

  async discard(offset: number, length: number): Promise<void> {
    await this.#command(`discard -q ${offset} ${length}`);
    await this.#command('flush');
  }

  /** Ends the guest's QEMU, however busy it is; resolves when it has closed the disk. */
  async close(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #command(command: string): Promise<void> {
    this.#prompted = Promise.withResolvers();
    this.#process.stdin?.write(`${command}\n`);
    const answer = (await this.#prompted.promise).trim();
    if (answer !== '') throw new Error(`${command}: ${answer}`);
  }
}

function imageOptions(disk: ImportedDisk): string {
  switch (disk.kind) {
    case 'file':
      return `driver=raw,file.driver=file,file.filename=${disk.path},discard=unmap,file.discard=unmap`;
    case 'block': {
      const cache = 'cache.direct=on,file.cache.direct=on';
      return `driver=raw,file.driver=host_device,file.filename=${disk.path},discard=unmap,file.discard=unmap,${cache}`;
    }
    case 'nvmeof':
      throw new Error(`${disk.path} is found by os-brick, not by its path`);
    case 'nbd-socket':
      return `driver=raw,file.driver=nbd,file.server.type=unix,file.server.path=${disk.path},file.export=${disk.exportName},discard=unmap,file.discard=unmap`;
  }
}
