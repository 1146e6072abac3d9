import { type ChildProcess, spawn } from 'node:child_process';
import { type Command, type CommandResult, type CommandRunner, describeCommand, type RunOptions } from './command.ts';
import { CommandError, type CommandErrorCode } from './command-error.ts';
import {
  collectOutput,
  DEFAULT_MAX_OUTPUT_BYTES,
  DEFAULT_TIMEOUT_MS,
  describeFailure,
  tooMuchOutput,
} from './command-output.ts';
import { exitOf, spawnOptions, started } from './spawning.ts';

/** Runs programs on this machine. */
export class LocalCommandRunner implements CommandRunner {
  async run(command: Command, options: RunOptions = {}): Promise<CommandResult> {
    if (options.signal?.aborted === true) {
      const text = `${describeCommand(command)} was not started: aborted`;
      throw new CommandError('aborted', text, { cause: options.signal.reason });
    }
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const maxOutputBytes = options.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES;
    const child = spawn(command.program, [...command.args], {
      ...spawnOptions(command),
      stdio: 'pipe',
      detached: true,
    });
    const exit = exitOf(child);

    let killed: { code: CommandErrorCode; reason: string; cause?: unknown } | undefined;
    const kill = (code: CommandErrorCode, reason: string, cause?: unknown): void => {
      killed ??= { code, reason, cause };
      killGroup(child);
    };
    const onAbort = (): void => kill('aborted', 'was aborted', options.signal?.reason);
    const timer = setTimeout(() => kill('timeout', `did not end within ${timeoutMs} ms`), timeoutMs);
    options.signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const stdout = collectOutput(child.stdout, maxOutputBytes, () =>
        kill('output_limit', tooMuchOutput('output', maxOutputBytes)),
      );
      const stderr = collectOutput(child.stderr, maxOutputBytes, () =>
        kill('output_limit', tooMuchOutput('error', maxOutputBytes)),
      );
      // A program may end without reading its input: that shows in how it ends, not in the broken pipe.
      child.stdin.on('error', () => {});
      child.stdin.end(options.input);
      await started(command, child);
      const result: CommandResult = { ...(await exit), stdout: stdout.text(), stderr: stderr.text() };
      if (killed !== undefined) {
        const facts = killed.cause === undefined ? { result } : { result, cause: killed.cause };
        throw new CommandError(killed.code, `${describeCommand(command)} ${killed.reason} and was killed`, facts);
      }
      if (result.exitCode === undefined || !(options.okExitCodes ?? [0]).includes(result.exitCode)) {
        throw new CommandError('failed', describeFailure(command, result), { result });
      }
      return result;
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
    }
  }
}

/** With all that it has started, which would hold its pipes open: it leads a process group of its own. */
function killGroup(child: ChildProcess): void {
  try {
    process.kill(-(child.pid ?? Number.NaN), 'SIGKILL');
  } catch {
    // No longer there, never started, or another user's by now (sudo): what can be ended is.
    child.kill('SIGKILL');
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}
