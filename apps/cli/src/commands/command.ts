import type { ApiClient } from '@iorcl/api';
import type { Format } from '../format.ts';

export interface CommandContext {
  readonly api: ApiClient;
  readonly format: Format;
  /** As many as the command has parameters. */
  readonly operands: readonly string[];
}

/** One command: noun, then verb. `run` answers what to print. */
export interface Command {
  readonly words: readonly [noun: string, verb: string];
  readonly parameters: readonly string[];
  readonly summary: string;
  run(context: CommandContext): Promise<string>;
}
