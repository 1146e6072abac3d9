import { readFileSync } from 'node:fs';

/** Milliseconds of a processor, in a program and in the kernel on its behalf. */
export interface ProcessorTime {
  readonly user: number;
  readonly kernel: number;
}

/** A clock tick of /proc (`getconf CLK_TCK` is 100 on every Linux). */
const TICK_MS = 10;

function stat(pid: number | 'self', first: number): ProcessorTime {
  // The command's name, in brackets, may have spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  const ticks = (position: number): number => Number(fields[position - 3]);
  return { user: ticks(first) * TICK_MS, kernel: ticks(first + 1) * TICK_MS };
}

/** Of this process. */
export function ownTime(): ProcessorTime {
  const { user, system } = process.cpuUsage();
  return { user: user / 1000, kernel: system / 1000 };
}

/** Of another process (proc(5): utime, stime). */
export const timeOf = (pid: number): ProcessorTime => stat(pid, 14);

/** Of children that have ended (proc(5): cutime, cstime). */
export const timeOfChildren = (): ProcessorTime => stat('self', 16);
