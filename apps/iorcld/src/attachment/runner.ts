import { describeError, type Logger } from '@iorcl/service';
import { CloudError } from '../cloud/contract.ts';
import type { Journal } from '../journal/journal.ts';
import { AttachmentError } from './error.ts';
import type { AttachmentChange, Observer, StepReport } from './observer.ts';
import type { AttachmentRecord } from './record.ts';
import type { Step, StepCall } from './step.ts';
import { failedStep } from './step-failure.ts';

export interface RunnerOptions {
  readonly steps: readonly Step[];
  readonly journal: Journal;
  readonly logger: Logger;
  readonly observer?: Observer | undefined;
  /** How long a step that was told to stop may still take before it is given up. Default 5 000. */
  readonly graceMs?: number;
}

/** What the runs for one request have in common. */
export interface RunOptions {
  readonly requestId?: string | undefined;
}

/** What {@link StepRunner.examine} found. */
export interface Examination {
  /** `STEP: what differs`. Empty: all that could be asked is as it should be. */
  readonly differences: readonly string[];
  /** What the cloud didn't say. */
  readonly unanswered: readonly string[];
  /** Cinder says that there is no such attachment, or volume. */
  readonly missing: boolean;
}

/** Runs the steps of one attachment at a time, and journals before and after everything that it changes. */
export class StepRunner {
  readonly #steps: readonly Step[];
  readonly #journal: Journal;
  readonly #logger: Logger;
  readonly #observer: Observer | undefined;
  readonly #graceMs: number;

  constructor(options: RunnerOptions) {
    this.#steps = options.steps;
    this.#journal = options.journal;
    this.#logger = options.logger;
    this.#observer = options.observer;
    this.#graceMs = options.graceMs ?? 5_000;
  }

  /**
   * Does every step. After a failure nothing is left and the journal has forgotten the attachment, or, where the undoing
   * failed too, it stays in `error`.
   *
   * @throws AttachmentError
   */
  async attach(record: AttachmentRecord, options: RunOptions = {}): Promise<AttachmentRecord> {
    let now = record;
    this.#changed('attaching', now);
    for (const step of this.#steps) {
      try {
        now = await this.#do(now, step, options);
      } catch (cause) {
        this.#log(now, options).warn(`${step.name} failed, undoing: ${describeError(cause)}`, { step: step.name });
        await this.detach(now, options, `after ${step.name} failed (${describeError(cause)})`);
        throw failedStep(step.name, now, cause, 'All that had been done was undone.');
      }
    }
    return this.#attached(now, 'attached');
  }

  /**
   * Undoes what was begun, last first. Stops at the first undo that fails: what stands below may still be in use.
   *
   * @throws AttachmentError `cleanup_failed`; the attachment stays in `error`, and running this again goes on from there
   */
  async detach(record: AttachmentRecord, options: RunOptions = {}, why = 'for its removal'): Promise<void> {
    const { attachmentId } = record.plan;
    let now = this.#journal.setStatus(attachmentId, { intent: 'detach', status: 'detaching', fault: null });
    this.#changed('detaching', now);
    for (const step of this.#steps.toReversed()) {
      const state = now.steps.get(step.name);
      if (state === undefined || state === 'undone') continue;
      try {
        now = await this.#undo(now, step, options);
      } catch (cause) {
        const failure = failedStep(
          `undo of ${step.name}`,
          now,
          cause,
          `It was undone ${why}. The attachment stays in error; delete it again once the cause is gone.`,
        );
        const fault = { code: 'cleanup_failed', message: failure.message } as const;
        this.#changed('failed', this.#journal.setStatus(attachmentId, { intent: 'detach', status: 'error', fault }));
        this.#log(now, options).error(failure.message, { step: step.name });
        throw new AttachmentError('cleanup_failed', attachmentId, failure.message, { cause, retryable: true });
      }
    }
    this.#journal.forget(attachmentId);
    this.#changed('detached', now);
  }

  /**
   * What differs from an attachment as it should be, by step. Changes nothing, and concludes nothing from the silence of
   * the cloud.
   */
  async examine(record: AttachmentRecord, options: RunOptions = {}): Promise<Examination> {
    const differences: string[] = [];
    const unanswered: string[] = [];
    let missing = false;
    for (const step of this.#steps) {
      try {
        const found = await this.#differences(record, step, options);
        differences.push(...found.map((what) => `${step.name}: ${what}`));
      } catch (cause) {
        if (!(cause instanceof CloudError)) differences.push(`${step.name}: ${describeError(cause)}`);
        else if (cause.code === 'not_found') missing = true;
        else unanswered.push(`${step.name}: ${describeError(cause)}`);
      }
    }
    return { differences, unanswered, missing };
  }

  /**
   * Verifies every step of what should be attached, and does again what doesn't hold, with the address, port and key that
   * were journalled. What holds is not touched, so that running I/O goes on.
   *
   * Silence of the cloud proves nothing: it leaves alone what runs, but nothing is opened anew on a volume that Cinder
   * doesn't confirm.
   *
   * @param change what observers are told when anything had to be done
   * @throws AttachmentError the attachment stays in `error` with the intent to attach
   */
  async ensure(
    record: AttachmentRecord,
    options: RunOptions = {},
    change: AttachmentChange = 'repaired',
  ): Promise<AttachmentRecord> {
    const { attachmentId } = record.plan;
    let now = record;
    let done = false;
    let unconfirmed: CloudError | undefined;
    for (const step of this.#steps) {
      try {
        const differences = await this.#differences(now, step, options).catch((cause: unknown) => {
          if (!(cause instanceof CloudError) || cause.code !== 'unavailable') throw cause;
          unconfirmed = cause;
          this.#log(now, options).warn(`${step.name} can't be verified now: ${describeError(cause)}`, {
            step: step.name,
          });
          return [];
        });
        if (differences.length === 0) continue;
        if (unconfirmed !== undefined) throw unconfirmed;
        const what = differences.join('; ');
        this.#log(now, options).warn(`${step.name} doesn't hold, doing it again: ${what}`, { step: step.name });
        now = await this.#do(now, step, options);
        done = true;
      } catch (cause) {
        const failure = failedStep(step.name, now, cause, 'What still runs was left alone.');
        const fault = { code: failure.code, message: failure.message };
        this.#changed('failed', this.#journal.setStatus(attachmentId, { intent: 'attach', status: 'error', fault }));
        throw failure;
      }
    }
    if (now.status !== 'attached' || done) return this.#attached(now, change);
    return now;
  }

  async #do(record: AttachmentRecord, step: Step, options: RunOptions): Promise<AttachmentRecord> {
    const { attachmentId } = record.plan;
    const begun = this.#journal.setStep(attachmentId, step.name, 'doing');
    const facts = await this.#timed(begun, step, 'do', () =>
      this.#bounded(step, options, (call) => step.do({ record: begun, call })),
    );
    const done = { ...begun, facts: { ...begun.facts, ...facts } };
    const differences = await this.#differences(done, step, options);
    if (differences.length > 0) throw new Error(`done, but verified to differ: ${differences.join('; ')}`);
    return this.#journal.setStep(attachmentId, step.name, 'done', facts);
  }

  async #undo(record: AttachmentRecord, step: Step, options: RunOptions): Promise<AttachmentRecord> {
    const { attachmentId } = record.plan;
    const begun = this.#journal.setStep(attachmentId, step.name, 'undoing');
    await this.#timed(begun, step, 'undo', () =>
      this.#bounded(step, options, (call) => step.undo({ record: begun, call })),
    );
    const left = await this.#bounded(step, options, (call) => step.verify({ record: begun, call }, 'undone'));
    if (left.length > 0) throw new Error(`undone, but verified to be left: ${left.join('; ')}`);
    return this.#journal.setStep(attachmentId, step.name, 'undone');
  }

  #differences(record: AttachmentRecord, step: Step, options: RunOptions): Promise<readonly string[]> {
    return this.#timed(record, step, 'verify', () =>
      this.#bounded(step, options, (call) => step.verify({ record, call }, 'done')),
    );
  }

  /** Aborts the action at the step's timeout, and gives up waiting for it after the grace. */
  async #bounded<T>(step: Step, { requestId }: RunOptions, action: (call: StepCall) => Promise<T>): Promise<T> {
    const overdue = (): Error => new Error(`did not finish within ${step.timeoutMs} ms`);
    const abort = new AbortController();
    const { promise: givenUp, reject: giveUp } = Promise.withResolvers<never>();
    const soft = setTimeout(() => abort.abort(overdue()), step.timeoutMs);
    const hard = setTimeout(() => giveUp(overdue()), step.timeoutMs + this.#graceMs);
    try {
      return await Promise.race([action({ signal: abort.signal, requestId }), givenUp]);
    } finally {
      clearTimeout(soft);
      clearTimeout(hard);
    }
  }

  async #timed<T>(
    record: AttachmentRecord,
    { name }: Step,
    verb: StepReport['verb'],
    run: () => Promise<T>,
  ): Promise<T> {
    const begun = performance.now();
    const report = (outcome: StepReport['outcome']): void =>
      this.#observer?.stepReported({ record, step: name, verb, outcome, seconds: (performance.now() - begun) / 1_000 });
    try {
      const result = await run();
      report('ended');
      return result;
    } catch (cause) {
      report('failed');
      throw cause;
    }
  }

  #attached({ plan }: AttachmentRecord, change: AttachmentChange): AttachmentRecord {
    const record = this.#journal.setStatus(plan.attachmentId, { intent: 'attach', status: 'attached', fault: null });
    this.#changed(change, record);
    return record;
  }

  #changed(change: AttachmentChange, record: AttachmentRecord): void {
    this.#observer?.attachmentChanged(change, record);
  }

  #log(record: AttachmentRecord, { requestId }: RunOptions): Logger {
    const { attachmentId, instanceId, volumeId } = record.plan;
    return this.#logger.with({ requestId, attachmentId, instanceId, volumeId });
  }
}
