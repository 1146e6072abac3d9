import { type Command, describeCommand } from '../command.ts';
import { CommandError } from '../command-error.ts';

/**
 * The SSH protocol knows no argument vectors (RFC 4254, section 6.5): the other end gives one line to the user's login
 * shell. So each word is quoted such that a POSIX shell hands it on unchanged, whatever is in it, and the shell then
 * replaces itself by the program.
 *
 * @throws {CommandError} `start_failed` for what no such line can say
 */
export function shellLine(command: Command): string {
  const { program, args, environment, workingDirectory } = command;
  const words = [program, ...args];
  if (program === '' || program.startsWith('-') || program.includes('=')) {
    throw refused(command, 'the program is empty, begins with "-" or holds "="');
  }
  const setting = environment === undefined && workingDirectory === undefined ? [] : environmentWords(command);
  const all = [...setting, ...words];
  if (all.some((word) => word.includes('\0'))) {
    throw refused(command, 'an argument holds a NUL');
  }
  return ['exec', ...all.map(quoted)].join(' ');
}

/** Within single quotes a POSIX shell changes nothing, and nothing ends them but another one. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** env(1) of GNU coreutils. */
function environmentWords(command: Command): readonly string[] {
  const { environment, workingDirectory } = command;
  const names = Object.keys(environment ?? {});
  if (!names.every((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name))) {
    throw refused(command, 'the name of an environment variable is ill-formed');
  }
  return [
    'env',
    ...(workingDirectory === undefined ? [] : [`--chdir=${workingDirectory}`]),
    ...(environment === undefined
      ? []
      : ['-i', ...Object.entries(environment).map(([name, value]) => `${name}=${value}`)]),
  ];
}

function refused(command: Command, why: string): CommandError {
  return new CommandError('start_failed', `${describeCommand(command)} can't be run over SSH: ${why}`);
}
