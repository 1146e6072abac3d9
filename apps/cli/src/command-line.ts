import { parseArgs } from 'node:util';
import type { Command } from './commands/command.ts';
import { type Format, formats } from './format.ts';

/** What the words of a command line ask for. */
export type CommandLine =
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'wrong'; readonly message: string }
  | {
      readonly kind: 'run';
      readonly command: Command;
      readonly operands: readonly string[];
      readonly format: Format;
      readonly endpoint: string | undefined;
    };

/** Parses the arguments after the program's name. */
export function parseCommandLine(argv: readonly string[], commands: readonly Command[]): CommandLine {
  let parsed: { values: { format?: string; endpoint?: string; help?: boolean }; positionals: string[] };
  try {
    parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        format: { type: 'string', short: 'f' },
        endpoint: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    return { kind: 'wrong', message: error instanceof Error ? error.message : String(error) };
  }
  const { values, positionals } = parsed;
  if (values.help === true || positionals.length === 0) return { kind: 'help', text: helpText(commands) };
  const command = commands.find(({ words }) => words.every((word, index) => positionals[index] === word));
  if (command === undefined) {
    const known = commands.map(({ words }) => words.join(' ')).join(', ');
    return { kind: 'wrong', message: `unknown command: ${positionals.join(' ')}; known: ${known}` };
  }
  const operands = positionals.slice(command.words.length);
  if (operands.length !== command.parameters.length) {
    return { kind: 'wrong', message: `usage: iorcl ${[...command.words, ...command.parameters].join(' ')}` };
  }
  const format = formats.find((known) => known === (values.format ?? 'table'));
  if (format === undefined) {
    return { kind: 'wrong', message: `unknown format: ${values.format}; expected one of ${formats.join(', ')}` };
  }
  return { kind: 'run', command, operands, format, endpoint: values.endpoint };
}

function helpText(commands: readonly Command[]): string {
  const lines = commands.map((command) => {
    const usage = [...command.words, ...command.parameters].join(' ');
    return `  ${usage.padEnd(30)}${command.summary}`;
  });
  return `usage: iorcl NOUN VERB [OPERAND...] [-f ${formats.join('|')}] [--endpoint URL]

${lines.join('\n')}

  -f, --format FORMAT           ${formats.join(' or ')}; default table
      --endpoint URL            of iorcld; default IORCL_ENDPOINT, else http://127.0.0.1:8790
  -h, --help                    this text

Credentials come from the OS_* variables, as for the openstack command.`;
}
