import { chown, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '../../command/command-error.ts';
import { LocalCommandRunner } from '../../command/local-command-runner.ts';
import { DriverError } from '../../contract.ts';

const MIB = 1024 * 1024;
const runner = new LocalCommandRunner();

/**
 * An empty qcow2 overlay with all the space that it can ever need: a cache that runs full would fail the writes of its
 * volume. It has a name only until this object is disposed of; whoever has opened it by then has it for himself alone.
 */
export class CacheFile {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** @throws {DriverError} `backend_failed` when the directory hasn't the space, or can't promise it */
  static async create(
    directory: string,
    name: string,
    volume: { readonly sizeBytes: number; readonly owner: { readonly uid: number; readonly gid: number } | undefined },
  ): Promise<CacheFile> {
    const file = new CacheFile(pathOf(directory, name));
    const { sizeBytes, owner } = volume;
    try {
      await mkdir(directory, { recursive: true, mode: 0o711 });
      const create = ['create', '-q', '-f', 'qcow2', '-o', 'lazy_refcounts=on', file.path, `${sizeBytes}`];
      await runner.run({ program: 'qemu-img', args: create });
      // Tables for 64 KiB clusters take less than a thousandth.
      const reserve = ['--keep-size', '--length', `${sizeBytes + Math.ceil(sizeBytes / 1024) + MIB}`, file.path];
      await runner.run({ program: 'fallocate', args: reserve });
      if (owner !== undefined) {
        await chown(file.path, owner.uid, owner.gid);
      }
      return file;
    } catch (cause) {
      await file[Symbol.asyncDispose]();
      const why = cause instanceof CommandError ? (cause.result?.stderr.trim() ?? cause.message) : String(cause);
      const text = `interposer "copy-on-read": no cache of ${sizeBytes} bytes in ${directory}: ${why}`;
      throw new DriverError('backend_failed', text, { cause, retryable: true });
    }
  }

  /** One that a crash has left with its name. */
  static async remove(directory: string, name: string): Promise<void> {
    await rm(pathOf(directory, name), { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { force: true });
  }
}

function pathOf(directory: string, name: string): string {
  return join(directory, `${name}.qcow2`);
}
