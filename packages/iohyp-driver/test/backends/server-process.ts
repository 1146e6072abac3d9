import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A server in the foreground, for one test. */
export class ServerProcess {
  readonly #child: ReturnType<typeof spawn>;
  #said = '';

  private constructor(program: string, args: readonly string[]) {
    this.#child = spawn(program, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const hear = (chunk: Buffer): void => {
      this.#said = (this.#said + chunk.toString()).slice(-2000);
    };
    this.#child.stdout?.on('data', hear);
    this.#child.stderr?.on('data', hear);
  }

  /** Starts it and waits until it takes connections on `port`. */
  static async start(program: string, args: readonly string[], port: number): Promise<ServerProcess> {
    const server = new ServerProcess(program, args);
    const patience = AbortSignal.timeout(30_000);
    while (!(await answers(port))) {
      if (server.#child.exitCode !== null || patience.aborted) {
        await server[Symbol.asyncDispose]();
        throw new Error(`${program} doesn't listen on port ${port}: ${server.#said}`);
      }
      await delay(20);
    }
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL');
      await once(this.#child, 'close');
    }
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
