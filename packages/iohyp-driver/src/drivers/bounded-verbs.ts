import { setTimeout as delay } from 'node:timers/promises';
import { CommandError } from '../command/command-error.ts';
import { type CallOptions, DriverError, type DriverErrorCode, type VolumeKey } from '../contract.ts';
import { SerialQueue } from './serial-queue.ts';
import { checkInstanceId, checkKey } from './volume-key.ts';

/** What a verb is about, for messages. */
export interface VerbSubject {
  /** Such as `open volume of attachment A`. */
  readonly doing: string;
  readonly instanceId: string;
  readonly attachmentId?: string;
}

const TRY_EVERY_MS = 50;

/** What all verbs share: one at a time per instance, bounded in time, and one kind of error. */
export class BoundedVerbs {
  readonly #timeoutMs: number;
  readonly #instances = new SerialQueue();

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * `check` runs first and alone. The action's signal fires when the caller aborts or the time is over.
   * @throws {DriverError}
   */
  run<T>(
    subject: VerbSubject,
    check: () => void,
    options: CallOptions | undefined,
    action: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return this.#bounded(subject, check, options, (signal) =>
      this.#instances.run(subject.instanceId, signal, () => action(signal)),
    );
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
      return await action(signal);
    } catch (error) {
      const interruption = options?.signal?.aborted === true ? 'aborted' : bound.aborted ? 'timeout' : undefined;
      throw asDriverError(error, subject, interruption);
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

function asDriverError(
  error: unknown,
  subject: VerbSubject,
  interruption: 'aborted' | 'timeout' | undefined,
): DriverError {
  const { doing, ...ids } = subject;
  if (error instanceof DriverError) {
    const { code, retryable, safeToRollBack } = error;
    const known = error.instanceId !== undefined;
    return known
      ? error
      : new DriverError(code, `${doing}: ${error.message}`, { ...ids, retryable, safeToRollBack, cause: error });
  }
  const code: DriverErrorCode = interruption ?? 'data_plane_failed';
  const retryable = interruption !== undefined || (error instanceof CommandError && error.retryable);
  const why = error instanceof Error ? error.message : String(error);
  const text = interruption === undefined ? why : `${why}; \`inspect\` tells how far it got`;
  return new DriverError(code, `${doing}: ${text}`, { ...ids, retryable, cause: error });
}
