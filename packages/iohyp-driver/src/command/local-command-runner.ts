import { spawn } from 'node:child_process';
import { type Command, type CommandResult, type CommandRunner, describeCommand, type RunOptions } from './command.ts';
import { CommandError, type CommandErrorCode } from './command-error.ts';
import { exitOf, spawnOptions, started } from './spawning.ts';

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_OUTPUT_BYTES = 1024 * 1024;

/** Runs programs on this machine. */
export class LocalCommandRunner implements CommandRunner {
  async run(command: Command, options: RunOptions = {}): Promise<CommandResult> {
    if (options.signal?.aborted === true) {
      const text = `${describeCommand(command)} was not started: aborted`;
      throw new CommandError('aborted', text, { cause: options.signal.reason });
    }
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const maxOutputBytes = options.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES;
    const child = spawn(command.program, [...command.args], { ...spawnOptions(command), stdio: 'pipe' });
    const exit = exitOf(child);

    let killed: { code: CommandErrorCode; reason: string; cause?: unknown } | undefined;
    const kill = (code: CommandErrorCode, reason: string, cause?: unknown): void => {
      killed ??= { code, reason, cause };
      child.kill('SIGKILL');
    };
    const onAbort = (): void => kill('aborted', 'was aborted', options.signal?.reason);
    const timer = setTimeout(() => kill('timeout', `did not end within ${timeoutMs} ms`), timeoutMs);
    options.signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const stdout = collect(child.stdout, maxOutputBytes, () =>
        kill('output_limit', tooMuch('output', maxOutputBytes)),
      );
      const stderr = collect(child.stderr, maxOutputBytes, () =>
        kill('output_limit', tooMuch('error', maxOutputBytes)),
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

function tooMuch(stream: 'output' | 'error', maxBytes: number): string {
  return `wrote more than ${maxBytes} bytes to its standard ${stream}`;
}

function describeFailure(command: Command, result: CommandResult): string {
  const how = result.signal === undefined ? `exit status ${result.exitCode}` : `signal ${result.signal}`;
  const said = result.stderr.trim().slice(-2000);
  return `${describeCommand(command)} ended with ${how}${said === '' ? ' and said nothing' : `: ${said}`}`;
}

function collect(stream: NodeJS.ReadableStream, maxBytes: number, onTooMuch: () => void): { text(): string } {
  const chunks: Uint8Array[] = [];
  let length = 0;
  stream.on('data', (chunk: Uint8Array) => {
    const room = maxBytes - length;
    length += chunk.length;
    chunks.push(chunk.length > room ? chunk.subarray(0, Math.max(room, 0)) : chunk);
    if (length > maxBytes) {
      onTooMuch();
    }
  });
  return { text: () => Buffer.concat(chunks).toString('utf8') };
}
