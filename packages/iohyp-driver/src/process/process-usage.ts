import { readFile } from 'node:fs/promises';

export interface ProcessUsage {
  /** User and system time of all threads. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

/** USER_HZ, the unit of times in /proc: fixed in the kernel's interface to user space. */
const TICKS_PER_SECOND = 100;

/** Undefined when there is no such process. proc(5): utime and stime are fields 14 and 15 of stat. */
export async function readProcessUsage(pid: number): Promise<ProcessUsage | undefined> {
  const [stat, status] = await Promise.all(['stat', 'status'].map((file) => read(`/proc/${pid}/${file}`)));
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const kibibytes = /^VmRSS:\s*(\d+) kB$/m.exec(status ?? '')?.[1];
  return fields === undefined || kibibytes === undefined
    ? undefined
    : {
        cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
        residentBytes: Number(kibibytes) * 1024,
      };
}

async function read(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
