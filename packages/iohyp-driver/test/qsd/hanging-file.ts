import { accessSync, constants } from 'node:fs';
import { mkdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LocalCommandRunner, readProcess, signalProcess, startDetached, waitUntilGone } from '../../src/index.ts';

const runner = new LocalCommandRunner();
/** For so long the kernel answers for the server. */
const CACHED_MS = 1_500;

/** Why there can't be such a file here. */
export function whyNoFuse(): string | undefined {
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
    return process.getuid?.() === 0 ? undefined : 'needs root to mount';
  } catch {
    return "/dev/fuse can't be used here";
  }
}

/**
 * A file whose server (qemu-storage-daemon, through FUSE) can be stopped: whoever then opens it waits in the kernel, and
 * can't be interrupted, as with a share whose server is away.
 */
export class HangingFile implements AsyncDisposable {
  readonly path: string;
  readonly #pid: number;

  private constructor(path: string, pid: number) {
    this.path = path;
    this.#pid = pid;
  }

  static async create(directory: string, sizeBytes: number): Promise<HangingFile> {
    await mkdir(directory);
    const [backing, path] = [join(directory, 'backing'), join(directory, 'volume')];
    await writeFile(backing, '');
    await writeFile(path, '');
    await truncate(backing, sizeBytes);
    const args = [
      ...['--blockdev', `file,node-name=file,filename=${backing}`],
      ...['--export', `fuse,id=fuse,node-name=file,mountpoint=${path},writable=on,growable=off`],
    ];
    const log = join(directory, 'log');
    const { pid } = await startDetached({ program: 'qemu-storage-daemon', args }, { logFile: log });
    const file = new HangingFile(path, pid);
    while ((await stat(path)).size !== sizeBytes) {
      if ((await readProcess(pid)) === undefined) {
        throw new Error(`no FUSE export; see ${log}`);
      }
      await delay(10);
    }
    return file;
  }

  async stop(): Promise<void> {
    await this.#signal('SIGSTOP');
    await delay(CACHED_MS);
  }

  async goOn(): Promise<void> {
    await this.#signal('SIGCONT');
  }

  async #signal(signal: NodeJS.Signals): Promise<void> {
    const server = await readProcess(this.#pid);
    if (server !== undefined) {
      await signalProcess(server, signal);
    }
  }

  /** The kernel answers everybody who still waits, with an error. */
  async [Symbol.asyncDispose](): Promise<void> {
    const server = await readProcess(this.#pid);
    if (server !== undefined) {
      await signalProcess(server, 'SIGKILL');
      await waitUntilGone(server, AbortSignal.timeout(10_000));
    }
    await runner.run({ program: 'umount', args: ['-l', this.path] }, { okExitCodes: [0, 1, 32] });
  }
}
