import { spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { type Command, type CommandExit, describeCommand } from './command.ts';
import { CommandError } from './command-error.ts';
import { exitOf, spawnOptions, started } from './spawning.ts';

export interface DetachedOptions {
  /** Standard output and standard error are appended here; made with mode 0600. */
  readonly logFile: string;
  /** Descriptors that the program gets as 3, 4, …. They stay the caller's to close. */
  readonly extraFds?: readonly number[];
}

export interface DetachedCommand {
  readonly pid: number;
  /** Resolves when the program ends, if that happens while this process lives. Doesn't keep this process alive. */
  readonly exited: Promise<CommandExit>;
}

/**
 * Starts a program in a session of its own, which goes on when this process ends, however that happens. The program is
 * forked before the promise is returned: whatever the calling thread is in at that moment (a network namespace, say), the
 * program starts in.
 *
 * @throws {CommandError} `start_failed`
 */
export async function startDetached(command: Command, options: DetachedOptions): Promise<DetachedCommand> {
  const log = openSync(options.logFile, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND, 0o600);
  try {
    const child = spawn(command.program, [...command.args], {
      ...spawnOptions(command),
      detached: true,
      stdio: ['ignore', log, log, ...(options.extraFds ?? [])],
    });
    const exited = exitOf(child);
    child.unref();
    await started(command, child);
    if (child.pid === undefined) {
      throw new CommandError('start_failed', `${describeCommand(command)} was started but has no process id`);
    }
    return { pid: child.pid, exited };
  } finally {
    closeSync(log);
  }
}
