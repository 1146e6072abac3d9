import type { ApiClient } from '@iorcl/api';
import type { Output } from '../output.ts';

/** An option of one command. */
export interface CommandOption {
  /** What stands for its value in the help; absent: it takes none. */
  readonly value?: string;
  readonly help: string;
}

/** What a command line said of a command's own options. */
export interface GivenOptions {
  /** Undefined: not given. */
  text(name: string): string | undefined;
  flag(name: string): boolean;
}

export interface CommandContext {
  readonly api: ApiClient;
  /** As many as the command has parameters. */
  readonly operands: readonly string[];
  readonly options: GivenOptions;
  /** For commands that go on: prints before the command has ended. */
  readonly print: (output: Output) => void;
  /** Aborts when the user has enough. */
  readonly signal: AbortSignal;
}

export interface CommandResult {
  readonly output?: Output;
  /** Default 0. 1: what was asked about is not as it should be. */
  readonly status?: 0 | 1;
}

/** One command: noun, then verb; or a verb that stands alone. */
export interface Command {
  readonly words: readonly string[];
  readonly parameters: readonly string[];
  readonly options?: Readonly<Record<string, CommandOption>>;
  readonly summary: string;
  run(context: CommandContext): Promise<CommandResult>;
}

/** How a command is called. */
export function usage({ words, parameters, options = {} }: Command): string {
  const given = Object.entries(options).map(
    ([name, { value }]) => `[--${name}${value === undefined ? '' : ` ${value}`}]`,
  );
  return ['iorcl', ...words, ...parameters, ...given].join(' ');
}
