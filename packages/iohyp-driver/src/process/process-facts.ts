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
  const stat = parseStat((await readProc(pid, 'stat')) ?? '');
  const args = await readArguments(pid);
  const alive = stat !== undefined && stat.state !== 'Z' && stat.state !== 'X';
  return alive && args !== undefined ? { pid, startTicks: stat.startTicks, args } : undefined;
}

/** Undefined when there is no such process. Empty for kernel threads and corpses. */
export async function readArguments(pid: number): Promise<readonly string[] | undefined> {
  return (await readProc(pid, 'cmdline'))?.split('\0').slice(0, -1);
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

async function readProc(pid: number, file: string): Promise<string | undefined> {
  try {
    return await readFile(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) {
      return undefined;
    }
    throw error;
  }
}
