import { readFile } from 'node:fs/promises';

/** A running process as /proc shows it. `pid` alone may mean another process a moment later; with `startTicks` it can't. */
export interface ProcessFacts {
  readonly pid: number;
  /** Start time since boot in clock ticks: field 22 of /proc/PID/stat, proc(5). */
  readonly startTicks: number;
  readonly args: readonly string[];
}

/** Undefined when there is no such process, or only its corpse (state Z or X) is left. */
export async function readProcess(pid: number): Promise<ProcessFacts | undefined> {
  try {
    const stat = parseStat(await readFile(`/proc/${pid}/stat`, 'utf8'));
    if (stat === undefined || stat.state === 'Z' || stat.state === 'X') {
      return undefined;
    }
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    return { pid, startTicks: stat.startTicks, args: commandLine.split('\0').slice(0, -1) };
  } catch (error) {
    if (isGone(error)) {
      return undefined;
    }
    throw error;
  }
}

/** Whether this very process still runs. */
export async function isRunning(known: ProcessFacts): Promise<boolean> {
  return (await readProcess(known.pid))?.startTicks === known.startTicks;
}

/** `undefined` for a text that isn't a stat line. The second field may hold any character, blanks and brackets too. */
export function parseStat(text: string): { state: string; startTicks: number } | undefined {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  const startTicks = Number(fields[19]);
  return state === undefined || !Number.isSafeInteger(startTicks) ? undefined : { state, startTicks };
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH');
}
