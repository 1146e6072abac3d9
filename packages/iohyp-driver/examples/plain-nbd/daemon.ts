import { createHash } from 'node:crypto';
import { closeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  findProcesses,
  isRunning,
  type Listener,
  type ProcessFacts,
  QmpClient,
  QmpError,
  signalProcess,
  startDetached,
  waitUntilGone,
} from '@iorcl/iohyp-driver';

/** The qemu-storage-daemon of one instance. It is found again by its command line: nothing is remembered. */
export class Daemon {
  readonly #directory: string;
  readonly #chardev: string;
  readonly #qmpSocket: string;

  constructor(runtimeDirectory: string, instanceId: string) {
    this.#directory = join(runtimeDirectory, instanceId);
    this.#qmpSocket = join(this.#directory, 'qmp.sock');
    this.#chardev = `socket,id=qmp,path=${this.#qmpSocket},server=on,wait=off`;
  }

  async find(): Promise<ProcessFacts | undefined> {
    return (await findProcesses((args) => args.includes(this.#chardev)))[0];
  }

  /** Starts it, unless it runs. The listening socket is its descriptor 3; our copy is closed. */
  async ensure(listener: Listener, signal: AbortSignal): Promise<void> {
    const log = join(this.#directory, 'daemon.log');
    if ((await this.find()) === undefined) {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      const socket = listener.openSocket();
      const args = ['--chardev', this.#chardev, '--monitor', 'chardev=qmp', '--nbd-server', 'addr.type=fd,addr.str=3'];
      const options = { logFile: log, extraFds: [socket] };
      await startDetached({ program: 'qemu-storage-daemon', args }, options).finally(() => closeSync(socket));
    }
    const daemon = await this.find();
    if (daemon === undefined || !(await this.#ready(daemon, signal))) {
      throw new Error(`qemu-storage-daemon ended while it was starting; see ${log}`);
    }
  }

  /** Waits until it answers; false when it has ended meanwhile. One that was found may only just be starting. */
  async #ready(daemon: ProcessFacts, signal: AbortSignal): Promise<boolean> {
    while (!(await this.#answers(signal))) {
      signal.throwIfAborted();
      if (!(await isRunning(daemon))) {
        return false;
      }
      await delay(10);
    }
    return true;
  }

  async #answers(signal: AbortSignal): Promise<boolean> {
    try {
      (await QmpClient.connect(this.#qmpSocket, { signal })).close();
      return true;
    } catch (error) {
      if (error instanceof QmpError && error.code !== 'aborted') {
        return false;
      }
      throw error;
    }
  }

  /** One conversation. Undefined when no daemon runs. */
  async talk<T>(signal: AbortSignal, action: (qmp: QmpClient) => Promise<T>): Promise<T | undefined> {
    const daemon = await this.find();
    if (daemon === undefined || !(await this.#ready(daemon, signal))) {
      return undefined;
    }
    using qmp = await QmpClient.connect(this.#qmpSocket, { signal });
    return await action(qmp);
  }

  /** Resolves when it is gone. */
  async end(signal: AbortSignal): Promise<void> {
    const found = await this.find();
    if (found !== undefined) {
      await signalProcess(found, 'SIGTERM');
      await waitUntilGone(found, signal);
    }
  }
}

/** Names within the daemon: QEMU allows 31 characters. */
export function nodeName(attachmentId: string): string {
  return `v${createHash('sha256').update(attachmentId).digest('hex').slice(0, 24)}`;
}
