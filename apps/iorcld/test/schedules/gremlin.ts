import { DriverError } from '@iorcl/iohyp-driver';
import { CloudError } from '../../src/cloud/contract.ts';
import { JournalError } from '../../src/journal/journal.ts';
import type { Random } from './random.ts';

/** What a call failed with that no part of iorcl has a name for. */
export class Mishap extends Error {
  override readonly name = 'Mishap';
}

/** What can go wrong with one call: it fails, its answer is lost, it hangs before or after it has done its work. */
const MISHAPS = ['fails', 'loses its answer', 'hangs', 'hangs after its work'] as const;

/** Calls that must not go wrong, since they aren't calls of anything that could. */
const SAFE = new Set([
  'runInside',
  'listen',
  'watch',
  'close',
  'attachments',
  'attachment',
  'select',
  'listener',
  'host',
]);

/** Share of calls that take their time, and how long at most: so calls that are made at once end in any order. */
const SLOW = { share: 0.1, mostMs: 20 };

/** Who is told of calls. */
export interface CallWatcher {
  /** What was called, and what became of it. */
  record(line: string): void;
  /** After each effect. */
  look(): void;
}

/** Makes calls go wrong, as often as it is told to, and some of them slow. */
export class Gremlin {
  /** Share of calls that go wrong, 0 to 1. */
  rate = 0;
  readonly #random: Random;
  readonly #watcher: CallWatcher;

  constructor(random: Random, watcher: CallWatcher) {
    this.#random = random;
    this.#watcher = watcher;
  }

  cloud<T extends object>(target: T): T {
    return this.#wrap(target, (call) => new CloudError('unavailable', `${call}: no answer`), true);
  }

  driver<T extends object>(target: T): T {
    return this.#wrap(target, (call) => new DriverError('data_plane_failed', `${call}: connection reset`), true);
  }

  plugs<T extends object>(target: T): T {
    return this.#wrap(target, (call) => new Mishap(`${call}: netlink: EBUSY`), true);
  }

  /** A disk that is full: a write fails whole, as SQLite's transactions do. */
  journal<T extends object>(target: T): T {
    return this.#wrap(target, (call) => new JournalError('failed', `${call}: database or disk is full`), false);
  }

  #wrap<T extends object>(target: T, fault: (call: string) => Error, remote: boolean): T {
    return new Proxy(target, {
      get: (object, name) => {
        const member: unknown = Reflect.get(object, name, object);
        if (typeof member !== 'function') return member;
        const call = String(name);
        const safe = SAFE.has(call) && (call !== 'attachment' || !remote) && (call !== 'close' || !remote);
        return (...args: unknown[]) => {
          const action = (): unknown => member.apply(object, args);
          if (safe) return action();
          if (remote) return this.#remote(call, action, fault, signalOf(args));
          if (!this.#random.chance(this.rate)) return action();
          this.#watcher.record(`${call} fails`);
          throw fault(call);
        };
      },
    });
  }

  async #remote(
    call: string,
    action: () => unknown,
    fault: (call: string) => Error,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    if (this.#random.chance(SLOW.share)) {
      const ms = this.#random.below(SLOW.mostMs);
      await new Promise((resolve) => setTimeout(resolve, ms));
    }
    const mishap = this.#random.chance(this.rate) ? this.#random.pick(MISHAPS) : undefined;
    this.#watcher.record(`${call} ${mishap ?? 'answers'}`);
    if (mishap === undefined) return this.#act(action);
    if (mishap === 'loses its answer' || mishap === 'hangs after its work') await this.#act(action);
    // What nobody would end must not hang.
    if ((mishap === 'hangs' || mishap === 'hangs after its work') && signal !== undefined) {
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Mishap(`${call} hung`)), { once: true });
        if (signal.aborted) reject(new Mishap(`${call} hung`));
      });
    }
    throw fault(call);
  }

  async #act(action: () => unknown): Promise<unknown> {
    const result = await action();
    this.#watcher.look();
    return result;
  }
}

function signalOf(args: readonly unknown[]): AbortSignal | undefined {
  for (const arg of args) {
    if (typeof arg === 'object' && arg !== null && 'signal' in arg && arg.signal instanceof AbortSignal) {
      return arg.signal;
    }
  }
  return undefined;
}
