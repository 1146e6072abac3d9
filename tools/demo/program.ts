import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';

const root = new URL('../..', import.meta.url).pathname;
const nodeArguments = ['--conditions=@iorcl/source', '--disable-warning=ExperimentalWarning'];

/** Generous: a machine that is busy with other things is slow, too. */
const READY_WITHIN_MS = 60_000;

/** One of our programs, run from its sources as a process of its own. */
export interface Program {
  readonly pid: number;
  /** Ends it with the signal and waits until it is gone. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** Starts a daemon and resolves when its `healthUrl` answers 2xx; its output goes to `logFile`. */
export async function startDaemon(options: {
  readonly main: string;
  readonly configurationFile: string;
  readonly logFile: string;
  readonly healthUrl: string;
}): Promise<Program> {
  const log = openSync(options.logFile, 'a');
  const child = spawn(
    process.execPath,
    [...nodeArguments, root + options.main, '--config-file', options.configurationFile],
    {
      stdio: ['ignore', log, log],
    },
  );
  const ended = once(child, 'exit');
  if (child.pid === undefined) throw new Error(`${options.main} could not be started`);
  await waitUntilHealthy(child, options);
  return {
    pid: child.pid,
    end: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
    },
  };
}

async function waitUntilHealthy(
  child: ChildProcess,
  options: { main: string; logFile: string; healthUrl: string },
): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`${options.main} ended before it was ready; see ${options.logFile}`);
    }
    const healthy = await fetch(options.healthUrl, { signal: AbortSignal.timeout(2000) }).then(
      (answer) => answer.status < 400,
      () => false,
    );
    if (healthy) return;
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`${options.main} was not ready after ${READY_WITHIN_MS / 1000} s; see ${options.logFile}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export interface Finished {
  readonly status: number | null;
  readonly out: string;
  readonly error: string;
}

export interface RunOptions {
  /** Default 60 000. */
  readonly timeoutMs?: number;
  /** Calls `start` where the program is to live, for example with this thread in another network namespace. */
  readonly inside?: (start: () => ChildProcess) => ChildProcess;
}

/** Runs a program to its end. */
export async function runToEnd(
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  options: RunOptions = {},
): Promise<Finished> {
  const { timeoutMs: timeout = 60_000, inside = (start: () => ChildProcess) => start() } = options;
  const child = inside(() =>
    spawn(file, [...args], { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'], timeout }),
  );
  let out = '';
  let error = '';
  child.stdout?.on('data', (data: Buffer) => {
    out += data;
  });
  child.stderr?.on('data', (data: Buffer) => {
    error += data;
  });
  const [status] = await once(child, 'close');
  return { status, out, error };
}

/** Runs the command `iorcl` from its sources. */
export function iorcl(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<Finished> {
  return runToEnd(process.execPath, [...nodeArguments, `${root}apps/cli/src/main.ts`, ...args], environment);
}
