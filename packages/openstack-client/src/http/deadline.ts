import { setTimeout as sleep } from 'node:timers/promises';
import { AbortedError, TimeoutError } from '../error/exchange-error.ts';
import type { OpenStackErrorFacts } from '../error/openstack-error.ts';

/** When a call ends whether it is done or not: its caller's signal, or its time limit, whatever comes first. */
export class Deadline {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly #caller: AbortSignal | undefined;
  readonly #startedMs: number = performance.now();

  constructor(timeoutMs: number, caller: AbortSignal | undefined) {
    const limit = AbortSignal.timeout(timeoutMs);
    this.signal = caller === undefined ? limit : AbortSignal.any([caller, limit]);
    this.timeoutMs = timeoutMs;
    this.#caller = caller;
  }

  /** Time until the limit; negative after it. */
  get remainingMs(): number {
    return this.timeoutMs - (performance.now() - this.#startedMs);
  }

  /** The error for a call that {@link Deadline.signal} ended. */
  error(what: string, facts: OpenStackErrorFacts): AbortedError | TimeoutError {
    if (this.#caller?.aborted) {
      const cause: unknown = this.#caller.reason;
      return new AbortedError(`${what} was aborted by its caller`, { ...facts, cause });
    }
    return new TimeoutError(`${what} got no complete answer within ${this.timeoutMs} ms`, facts);
  }

  /** Sleeps; the deadline ends that too. */
  async sleep(ms: number, what: string, facts: OpenStackErrorFacts = {}): Promise<void> {
    try {
      await sleep(ms, undefined, { signal: this.signal });
    } catch {
      throw this.error(what, facts);
    }
  }

  /** Waits for work that others wait for as well: the deadline ends the waiting, not the work. */
  async wait<T>(work: Promise<T>, what: string): Promise<T> {
    if (this.signal.aborted) {
      // Nobody may be left to hear how the work ends, and an error that nobody hears ends the process.
      work.catch(() => {});
      throw this.error(what, {});
    }
    let stop = (): void => {};
    const ended = new Promise<never>((_, reject) => {
      const onAbort = (): void => reject(this.error(what, {}));
      this.signal.addEventListener('abort', onAbort, { once: true });
      stop = () => this.signal.removeEventListener('abort', onAbort);
    });
    try {
      return await Promise.race([work, ended]);
    } finally {
      stop();
    }
  }
}
