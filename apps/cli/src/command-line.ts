import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { type Command, type GivenOptions, usage } from './commands/command.ts';
import { bashCompletion } from './completion.ts';
import { type Format, formats } from './format.ts';
import { globalOptions } from './global-options.ts';
import type { Selection } from './select.ts';

/** What the words of a command line ask for. */
export type CommandLine =
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'wrong'; readonly message: string }
  | {
      readonly kind: 'run';
      readonly command: Command;
      readonly operands: readonly string[];
      readonly options: GivenOptions;
      readonly format: Format;
      readonly selection: Selection;
      readonly endpoint: string | undefined;
      readonly cacert: string | undefined;
      readonly cloud: string | undefined;
    };

type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

/** Parses the arguments after the program's name. */
export function parseCommandLine(argv: readonly string[], commands: readonly Command[]): CommandLine {
  if (argv[0] === 'complete' && argv.length === 1) return { kind: 'help', text: bashCompletion(commands) };
  // A first look, which takes any option, finds the command; only then it is known which options there are.
  const command = findCommand(words(argv, commands), commands);
  let parsed: { readonly values: Values; readonly positionals: string[] };
  try {
    parsed = parseArgs({ args: [...argv], allowPositionals: true, options: knownOptions(command) });
  } catch (error) {
    return { kind: 'wrong', message: error instanceof Error ? error.message : String(error) };
  }
  const { values, positionals } = parsed;
  const text = (name: string): string | undefined => texts(values, name).at(-1);
  if (values['help'] === true || positionals.length === 0) {
    return { kind: 'help', text: command === undefined ? helpText(commands) : commandHelp(command) };
  }
  if (command === undefined) return { kind: 'wrong', message: unknownCommand(positionals, commands) };
  const operands = positionals.slice(command.words.length);
  if (operands.length !== command.parameters.length) return { kind: 'wrong', message: `usage: ${usage(command)}` };
  const format = formats.find((known) => known === (text('format') ?? 'table'));
  if (format === undefined) {
    return { kind: 'wrong', message: `unknown format: ${text('format')}; expected one of ${formats.join(', ')}` };
  }
  return {
    ...{ kind: 'run', command, operands, format },
    options: { text, flag: (name) => values[name] === true },
    selection: {
      columns: texts(values, 'column'),
      sortColumns: texts(values, 'sort-column'),
      descending: values['sort-descending'] === true,
    },
    ...{ endpoint: text('endpoint'), cacert: text('cacert'), cloud: text('os-cloud') },
  };
}

function texts(values: Values, name: string): readonly string[] {
  const value = values[name];
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');
}

function words(argv: readonly string[], commands: readonly Command[]): readonly string[] {
  const all = Object.assign({}, ...commands.map((command) => knownOptions(command)));
  return parseArgs({ args: [...argv], allowPositionals: true, strict: false, options: all }).positionals;
}

function knownOptions(command: Command | undefined): ParseArgsOptionsConfig {
  const known = globalOptions.map(
    ({ name, short, value, multiple = false }): [string, ParseArgsOptionsConfig[string]] => [
      name,
      { type: value === undefined ? 'boolean' : 'string', multiple, ...(short === undefined ? {} : { short }) },
    ],
  );
  const own = Object.entries(command?.options ?? {}).map(
    ([name, { value }]): [string, ParseArgsOptionsConfig[string]] => [
      name,
      { type: value === undefined ? 'boolean' : 'string' },
    ],
  );
  return Object.fromEntries([...known, ...own]);
}

function findCommand(positionals: readonly string[], commands: readonly Command[]): Command | undefined {
  return commands.find(({ words }) => words.every((word, index) => positionals[index] === word));
}

function unknownCommand(positionals: readonly string[], commands: readonly Command[]): string {
  const ofNoun = commands.filter(({ words }) => words[0] === positionals[0]);
  const known = (ofNoun.length > 0 ? ofNoun : commands).map(({ words }) => words.join(' ')).join(', ');
  return `unknown command: ${positionals.join(' ')}; known: ${known}`;
}

function helpText(commands: readonly Command[]): string {
  const lines = commands.map(
    (command) => `  ${[...command.words, ...command.parameters].join(' ').padEnd(32)}${command.summary}`,
  );
  return `usage: iorcl NOUN VERB [OPERAND...] [OPTION...]

${lines.join('\n')}
  ${'complete'.padEnd(32)}Print a completion script for bash: source <(iorcl complete)

${globalHelp()}

Credentials come from clouds.yaml and the OS_* variables, as for the openstack command. Without any, and without an endpoint,
iorcld of this machine is asked over /run/iorcl/iorcld.sock, if that is there; else http://127.0.0.1:8790.
Exit status: 0 done; 1 failed, or not as it should be; 2 wrong usage.`;
}

function commandHelp(command: Command): string {
  const own = Object.entries(command.options ?? {}).map(([name, { value, help }]) => optionHelp({ name, value, help }));
  return [
    `usage: ${usage(command)}`,
    '',
    command.summary,
    '',
    ...own,
    ...(own.length > 0 ? [''] : []),
    globalHelp(),
  ].join('\n');
}

function globalHelp(): string {
  return globalOptions.map(optionHelp).join('\n');
}

function optionHelp(option: {
  readonly name: string;
  readonly short?: string | undefined;
  readonly value?: string | undefined;
  readonly help: string;
}): string {
  const { name, short, value, help } = option;
  const written = `${short === undefined ? '   ' : `-${short},`} --${name}${value === undefined ? '' : ` ${value}`}`;
  return `  ${written.padEnd(30)}  ${help}`;
}
