import { CommandError } from '../command/command-error.ts';
import { type CallOptions, DriverError, type DriverErrorCode } from '../contract.ts';
import { SerialQueue } from './serial-queue.ts';

/** What a verb is about, for messages. */
export interface VerbSubject {
  /** Such as `open volume of attachment A`. */
  readonly doing: string;
  readonly instanceId: string;
  readonly attachmentId?: string;
}

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
  async run<T>(
    subject: VerbSubject,
    check: () => void,
    options: CallOptions | undefined,
    action: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const bound = AbortSignal.timeout(this.#timeoutMs);
    const signal = options?.signal === undefined ? bound : AbortSignal.any([options.signal, bound]);
    try {
      check();
      return await this.#instances.run(subject.instanceId, signal, () => action(signal));
    } catch (error) {
      const interruption = options?.signal?.aborted === true ? 'aborted' : bound.aborted ? 'timeout' : undefined;
      throw asDriverError(error, subject, interruption);
    }
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
