import type { CommandResult } from './command.ts';

/**
 * - `start_failed`: the program could not be started (not installed, not executable)
 * - `failed`: it ended with an exit status that the caller did not allow, or by a signal
 * - `timeout`, `aborted`, `output_limit`: it was killed by the runner
 */
export type CommandErrorCode = 'start_failed' | 'failed' | 'timeout' | 'aborted' | 'output_limit';

export interface CommandErrorFacts {
  readonly cause?: unknown;
  /** What the program said and how it ended, as far as it got. */
  readonly result?: CommandResult;
}

/** A program that could not be started or did not do what was asked. The message holds the end of its standard error. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code: CommandErrorCode;
  readonly retryable: boolean;
  readonly result: CommandResult | undefined;

  constructor(code: CommandErrorCode, message: string, facts: CommandErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.retryable = code === 'timeout';
    this.result = facts.result;
  }
}
