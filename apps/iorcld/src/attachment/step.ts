import type { AttachmentRecord, Facts, StepName } from './record.ts';

export interface StepContext {
  /** With the facts that earlier steps found out. */
  readonly record: AttachmentRecord;
  readonly call: StepCall;
}

/** Goes to every call that a step makes. */
export interface StepCall {
  /** Aborts when the step's time is over. */
  readonly signal: AbortSignal;
  readonly requestId?: string | undefined;
}

/**
 * One step of an attachment. `do` and `undo` are idempotent: after a crash either may run again without anybody knowing
 * how far it had come. Whether they worked is not theirs to say but `verify`'s.
 */
export interface Step {
  readonly name: StepName;
  /** Bound of one `do`, `undo` or `verify`. */
  readonly timeoutMs: number;
  /** Makes it so. Answers what later steps need to know. */
  do(context: StepContext): Promise<Facts>;
  /** What differs from what is expected; empty: nothing. Changes nothing, and throws where it can't tell. */
  verify(context: StepContext, expected: 'done' | 'undone'): Promise<readonly string[]>;
  undo(context: StepContext): Promise<void>;
}
