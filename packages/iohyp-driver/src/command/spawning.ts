import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { type Command, type CommandExit, describeCommand } from './command.ts';
import { CommandError } from './command-error.ts';

/** The part of Node's options that follows from the command alone. */
export function spawnOptions(command: Command): SpawnOptions {
  return {
    shell: false,
    ...(command.environment === undefined ? {} : { env: { ...command.environment } }),
    ...(command.workingDirectory === undefined ? {} : { cwd: command.workingDirectory }),
  };
}

/** Resolves once the program runs. */
export function started(command: Command, child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => {
      const text = `could not start ${describeCommand(command)}: ${cause.message}; is ${command.program} installed?`;
      reject(new CommandError('start_failed', text, { cause }));
    });
  });
}

/** Resolves when the program has ended and its pipes are drained. Never rejects; pending for ever if it never started. */
export function exitOf(child: ChildProcess): Promise<CommandExit> {
  return new Promise((resolve) => {
    child.once('close', (exitCode, signal) =>
      resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined }),
    );
  });
}
