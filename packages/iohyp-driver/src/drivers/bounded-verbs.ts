import { setTimeout as delay } from 'node:timers/promises';
import type { CallOptions, DriverError, VolumeKey } from '../contract.ts';
import { SerialQueue } from './serial-queue.ts';
import { asDriverError, type Interruption, type VerbSubject } from './verb-failure.ts';
import { checkInstanceId, checkKey } from './volume-key.ts';

export interface BoundedVerbsOptions {
  /**
   * How long an action whose time is over, or that was aborted, may take to undo what it began. After that the verb answers
   * all the same. Default 10,000.
   */
  readonly undoTimeoutMs?: number;
  /** Makes the contract's error of whatever went wrong. Default: what fits every driver. */
  readonly asDriverError?: (error: unknown, subject: VerbSubject, interruption: Interruption) => DriverError;
}

const TRY_EVERY_MS = 50;

/** What all verbs share: one at a time per instance, bounded in time, and one kind of error. */
export class BoundedVerbs {
  readonly #timeoutMs: number;
  readonly #options: Required<BoundedVerbsOptions>;
  readonly #instances = new SerialQueue();

  constructor(timeoutMs: number, options: BoundedVerbsOptions = {}) {
    this.#timeoutMs = timeoutMs;
    this.#options = { undoTimeoutMs: 10_000, asDriverError, ...options };
  }

  /**
   * `check` runs first and alone. The action's signal fires when the caller aborts or the time is over. An action that
   * doesn't heed it goes on alone, and as long as it does, no other verb of its instance begins.
   * @throws {DriverError}
   */
  run<T>(
    subject: VerbSubject & { readonly instanceId: string },
    check: () => void,
    options: CallOptions | undefined,
    action: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return this.#bounded(subject, check, options, (signal) =>
      this.#instances.run(subject.instanceId, signal, () => action(signal)),
    );
  }

  /** A verb that is about no one instance, and changes nothing: it waits for no other. */
  beside<T>(doing: string, options: CallOptions | undefined, action: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#bounded({ doing }, () => {}, options, action);
  }

  async #bounded<T>(
    subject: VerbSubject,
    check: () => void,
    options: CallOptions | undefined,
    action: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const bound = AbortSignal.timeout(this.#timeoutMs);
    const signal = options?.signal === undefined ? bound : AbortSignal.any([options.signal, bound]);
    try {
      check();
      signal.throwIfAborted();
      return await unlessDeaf(action(signal), signal, this.#options.undoTimeoutMs);
    } catch (error) {
      const interruption = options?.signal?.aborted === true ? 'aborted' : bound.aborted ? 'timeout' : undefined;
      throw this.#options.asDriverError(error, subject, interruption);
    }
  }

  /** A verb on one volume: its key is checked first, then what `check` checks. `verb` is such as `open`. */
  onVolume<T>(
    verb: string,
    key: VolumeKey,
    options: CallOptions | undefined,
    action: (signal: AbortSignal) => Promise<T>,
    check: () => void = () => {},
  ): Promise<T> {
    const checkAll = (): void => {
      checkKey(key);
      check();
    };
    return this.run({ doing: `${verb} volume of attachment ${key.attachmentId}`, ...key }, checkAll, options, action);
  }

  /**
   * A verb on one volume that waits for others: tries again and again until `attempt` answers true. Between two attempts it
   * holds nobody up.
   */
  untilDone(
    verb: string,
    key: VolumeKey,
    options: CallOptions | undefined,
    attempt: (signal: AbortSignal) => Promise<boolean>,
  ): Promise<void> {
    const subject = { doing: `${verb} volume of attachment ${key.attachmentId}`, ...key };
    return this.#bounded(
      subject,
      () => checkKey(key),
      options,
      async (signal) => {
        while (!(await this.#instances.run(key.instanceId, signal, () => attempt(signal)))) {
          await delay(TRY_EVERY_MS, undefined, { signal });
        }
      },
    );
  }

  /** A verb on all of an instance. `verb` is such as `inspect`. */
  onInstance<T>(
    verb: string,
    instanceId: string,
    options: CallOptions | undefined,
    action: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const doing = `${verb} instance ${instanceId}`;
    return this.run({ doing, instanceId }, () => checkInstanceId(instanceId), options, action);
  }
}

/** What can't be interrupted, such as a look at a file whose server is away, must not hold the caller as well. */
async function unlessDeaf<T>(action: Promise<T>, signal: AbortSignal, undoTimeoutMs: number): Promise<T> {
  const deaf = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    timer = setTimeout(() => {
      const text = `still under way ${undoTimeoutMs} ms after that: it waits for something that can't be interrupted, and until that ends the instance's other verbs wait for it`;
      deaf.reject(new Error(text, { cause: signal.reason }));
    }, undoTimeoutMs);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([action, deaf.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    clearTimeout(timer);
    // However it ends: nobody waits for it any more.
    action.catch(() => {});
  }
}
