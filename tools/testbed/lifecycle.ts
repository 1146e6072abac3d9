import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { runToEnd } from '../demo/program.ts';

/** The directory with the testbed's commands. */
export const TESTBED: string = import.meta.dirname;

/** The directory with the state of the testbed that runs; its commands have the same default. */
export const TESTBED_STATE: string = process.env['TESTBED_DIR'] ?? '/var/tmp/iorcl-testbed';

/** Why this machine can't run the testbed; undefined: it can. */
export async function whyTestbedCannotRun(): Promise<string | undefined> {
  const { status, out, error } = await runToEnd(join(TESTBED, 'can-run'), []);
  return status === 0 ? undefined : out.trim() || error.trim();
}

/**
 * Does something with a testbed that is up. One that was up before is left as it is; one that is down is brought up
 * (first on a machine: 3 to 5 minutes, 650 Debian packages; later: 45 to 85 s) and brought down again at the end,
 * also when something failed or the user interrupts. Its state stays. `upOptions`: of the command `up`.
 */
export async function withTestbed<T>(use: () => Promise<T>, upOptions: readonly string[] = []): Promise<T> {
  const { status: before } = await runToEnd(join(TESTBED, 'status'), [], {}, { timeoutMs: 120_000 });
  if (before === 0) return await use();
  const wasDown = before === DOWN;
  const ignore = (): void => {};
  for (const signal of INTERRUPTS) process.on(signal, ignore);
  try {
    const began = Date.now();
    process.stderr.write(`iorcl: the testbed is ${wasDown ? 'down' : 'not well'}: bringing it up (tools/testbed/up)\n`);
    await run('up', upOptions);
    process.stderr.write(`iorcl: the testbed is up after ${Math.round((Date.now() - began) / 1000)} s\n`);
    return await use();
  } finally {
    if (wasDown) await run('down');
    for (const signal of INTERRUPTS) process.off(signal, ignore);
  }
}

/** Exit status of `status` when nothing runs. */
const DOWN = 2;
/** They reach the commands too, which end then, and so the testbed is brought down. */
const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The command's progress goes to stderr: stdout belongs to who called. */
async function run(command: string, options: readonly string[] = []): Promise<void> {
  const child = spawn(join(TESTBED, command), options, { stdio: ['ignore', process.stderr, 'inherit'] });
  const [status, signal] = await once(child, 'exit');
  if (status !== 0) throw new Error(`tools/testbed/${command} failed with ${String(status ?? signal)}`);
}
