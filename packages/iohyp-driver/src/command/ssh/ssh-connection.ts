import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'ssh2';
import { CommandError } from '../command-error.ts';
import { connect } from './connect.ts';
import type { SshOptions } from './ssh-options.ts';

const DEFAULT_INITIAL_MS = 250;
const DEFAULT_MAX_MS = 10_000;

/** One connection, made when it is first needed and again when it was lost. */
export class SshConnection {
  readonly #options: SshOptions;
  readonly #closing = new AbortController();
  #client: Client | undefined;
  #attempt: Promise<Client> | undefined;
  /** In a row. */
  #failures = 0;

  constructor(options: SshOptions) {
    this.#options = options;
  }

  /**
   * The connection, once there is one. Tries again, ever more slowly, until `signal` fires; a wrong host key and a refused
   * login don't get better by trying.
   * @throws {CommandError} what the last attempt failed with; the signal's reason when it fires first
   */
  async ready(signal: AbortSignal): Promise<Client> {
    let last: unknown;
    while (!signal.aborted) {
      if (this.#client !== undefined) {
        return this.#client;
      }
      this.#attempt ??= this.#tryAgain().finally(() => {
        this.#attempt = undefined;
      });
      try {
        return await unlessAborted(this.#attempt, signal);
      } catch (error) {
        if (!(error instanceof CommandError && error.code === 'connect_failed')) {
          throw signal.aborted ? (last ?? error) : error;
        }
        last = error;
      }
    }
    throw last ?? signal.reason;
  }

  close(): void {
    this.#closing.abort(new CommandError('aborted', 'the SSH connection was closed by its owner'));
    this.#client?.end();
    this.#client = undefined;
  }

  async #tryAgain(): Promise<Client> {
    const { signal } = this.#closing;
    await delay(this.#pauseMs(), undefined, { signal }).catch(() => {
      throw signal.reason;
    });
    try {
      const client = await connect(this.#options, signal);
      this.#failures = 0;
      this.#client = client;
      const forget = (): void => {
        this.#client = this.#client === client ? undefined : this.#client;
      };
      client.once('close', forget);
      // Before the close that follows: whoever comes in between must not get a dying connection.
      client.once('error', forget);
      return client;
    } catch (error) {
      this.#failures += 1;
      throw error;
    }
  }

  #pauseMs(): number {
    if (this.#failures === 0) {
      return 0;
    }
    const { initialMs = DEFAULT_INITIAL_MS, maxMs = DEFAULT_MAX_MS } = this.#options.backoff ?? {};
    const full = Math.min(initialMs * 2 ** (this.#failures - 1), maxMs);
    // Spread, so that many daemons don't come back to a machine all at the same moment.
    return full * (0.5 + Math.random() / 2);
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
