import { ApiClientError } from '@iorcl/api';
import { parseCommandLine } from './command-line.ts';
import { commands } from './commands/index.ts';
import { connect } from './connect.ts';
import { format } from './format.ts';
import type { Output } from './output.ts';
import { select } from './select.ts';
import { UsageError } from './usage-error.ts';

export interface Terminal {
  out(line: string): void;
  error(line: string): void;
  /** Aborts when the user has enough. */
  readonly signal: AbortSignal;
}

/** Runs one command line and answers the exit status: 0 done, 1 failed or not as it should be, 2 wrong usage. */
export async function run(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
): Promise<0 | 1 | 2> {
  const line = parseCommandLine(argv, commands);
  if (line.kind === 'help') {
    terminal.out(line.text);
    return 0;
  }
  if (line.kind === 'wrong') {
    terminal.error(line.message);
    return 2;
  }
  const print = (output: Output): void => {
    const text = format(line.format, select(output, line.selection));
    if (text !== '') terminal.out(text);
  };
  try {
    const api = connect(line, environment);
    const { command, operands, options } = line;
    const { output, status = 0 } = await command.run({ api, operands, options, print, signal: terminal.signal });
    if (output !== undefined) print(output);
    return status;
  } catch (error) {
    terminal.error(describe(error));
    return error instanceof UsageError ? 2 : 1;
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof ApiClientError)) return error.message;
  const facts = [
    error.status === undefined ? undefined : `HTTP ${error.status}`,
    error.requestId === undefined ? undefined : `Request-ID: ${error.requestId}`,
  ].filter((fact) => fact !== undefined);
  return facts.length > 0 ? `${error.message} (${facts.join(') (')})` : error.message;
}
