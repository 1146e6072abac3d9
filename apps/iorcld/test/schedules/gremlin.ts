import { DriverError } from '@iorcl/iohyp-driver';
import { CloudError } from '../../src/cloud/contract.ts';
import { JournalError } from '../../src/journal/journal.ts';
import type { Random } from './random.ts';

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

/** Makes calls go wrong, as often as it is told to. */
export class Gremlin {
  /** Share of calls, 0 to 1. */
  rate = 0;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  cloud<T extends object>(target: T): T {
    return this.#wrap(target, (call) => new CloudError('unavailable', `${call}: no answer`), true);
  }

  driver<T extends object>(target: T): T {
    return this.#wrap(target, (call) => new DriverError('data_plane_failed', `${call}: connection reset`), true);
  }

  plugs<T extends object>(target: T): T {
    return this.#wrap(target, (call) => new Error(`${call}: netlink: EBUSY`), true);
  }

  /** A disk that is full: a write fails whole, as SQLite's transactions do. */
  journal<T extends object>(target: T): T {
    return this.#wrap(target, (call) => new JournalError('failed', `${call}: database or disk is full`), false);
  }

  #wrap<T extends object>(target: T, fault: (call: string) => Error, mayHang: boolean): T {
    return new Proxy(target, {
      get: (object, name) => {
        const member: unknown = Reflect.get(object, name, object);
        if (typeof member !== 'function') return member;
        const call = String(name);
        return (...args: unknown[]) => {
          const action = (): unknown => member.apply(object, args);
          const safe = SAFE.has(call) && (call !== 'attachment' || !mayHang) && (call !== 'close' || !mayHang);
          if (safe || !this.#random.chance(this.rate)) return action();
          if (!mayHang) throw fault(call);
          return this.#mishap(call, action, fault(call), signalOf(args));
        };
      },
    });
  }

  async #mishap(call: string, action: () => unknown, fault: Error, signal: AbortSignal | undefined): Promise<unknown> {
    const mishap = this.#random.pick(MISHAPS);
    if (mishap === 'loses its answer' || mishap === 'hangs after its work') await action();
    // What nobody would end must not hang.
    if ((mishap === 'hangs' || mishap === 'hangs after its work') && signal !== undefined) {
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error(`${call} hung`)), { once: true });
        if (signal.aborted) reject(new Error(`${call} hung`));
      });
    }
    throw fault;
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
