import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Why there is no receiver here; undefined: there is. */
export function whyNoReceiver(): string | undefined {
  const missing = ['python3', 'systemd-notify'].filter(
    (program) => spawnSync(program, ['--version']).error !== undefined,
  );
  return missing.length === 0 ? undefined : `${missing.join(' and ')} not installed`;
}

/** systemd's end of NOTIFY_SOCKET. */
export class NotifyReceiver implements AsyncDisposable {
  readonly #directory: string;
  readonly #child: ChildProcess;
  /** Everything received, in order. */
  readonly messages: string[][] = [];

  private constructor(directory: string) {
    this.#directory = directory;
    const program = new URL('notify-receiver.py', import.meta.url).pathname;
    this.#child = spawn('python3', [program, this.socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  static async start(): Promise<NotifyReceiver> {
    const receiver = new NotifyReceiver(mkdtempSync(join(tmpdir(), 'iorcl-notify-')));
    const { stdout } = receiver.#child;
    if (stdout === null) throw new Error('no pipe');
    const lines = createInterface({ input: stdout });
    await once(lines, 'line');
    lines.on('line', (line) => receiver.messages.push(JSON.parse(line)));
    return receiver;
  }

  get socket(): string {
    return join(this.#directory, 'notify');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await once(this.#child, 'close');
    rmSync(this.#directory, { recursive: true });
  }
}
