/** A program and its argument vector. No shell is ever between us and the program. */
export interface Command {
  /** Name to be found in `PATH`, or an absolute path. */
  readonly program: string;
  readonly args: readonly string[];
  /** Replaces the whole environment; without it the program inherits ours. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
}

/** How a program ended: exactly one of the two is defined. */
export interface CommandExit {
  readonly exitCode: number | undefined;
  /** Signal that ended it. */
  readonly signal: NodeJS.Signals | undefined;
}

export interface CommandResult extends CommandExit {
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Written to standard input, which is then closed. Without it standard input is empty. */
  readonly input?: string | Uint8Array;
  /** Default 30,000. The program is then killed. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** For standard output and standard error each. Default 1 MiB. */
  readonly maxOutputBytes?: number;
  /** Default `[0]`. */
  readonly okExitCodes?: readonly number[];
}

/** Runs programs to their end: on this machine, or over SSH on another one. */
export interface CommandRunner {
  /** @throws {CommandError} */
  run(command: Command, options?: RunOptions): Promise<CommandResult>;
}

/** For messages: the command as one would type it. */
export function describeCommand(command: Command): string {
  const quote = (word: string): string =>
    /^[\w@%+=:,./[\]-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
  return [command.program, ...command.args].map(quote).join(' ');
}
