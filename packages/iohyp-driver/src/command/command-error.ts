import type { CommandResult } from './command.ts';

/**
 * - `start_failed`: the program could not be started (not installed, not executable)
 * - `failed`: it ended with an exit status that the caller did not allow, or by a signal
 * - `timeout`, `aborted`, `output_limit`: it was killed by the runner
 *
 * Only where programs run on another machine:
 * - `connect_failed`: there was no connection in time; nothing was started
 * - `host_key_refused`: the machine has not shown the key that we know; nothing was sent to it
 * - `authentication_failed`: it does not let us in; nothing was started
 * - `connection_lost`: how the program ended, or whether it did, isn't known
 */
export type CommandErrorCode =
  | 'start_failed'
  | 'failed'
  | 'timeout'
  | 'aborted'
  | 'output_limit'
  | 'connect_failed'
  | 'host_key_refused'
  | 'authentication_failed'
  | 'connection_lost';

const RETRYABLE: ReadonlySet<CommandErrorCode> = new Set(['timeout', 'connect_failed', 'connection_lost']);

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
    this.retryable = RETRYABLE.has(code);
    this.result = facts.result;
  }
}
