import { readFile } from 'node:fs/promises';

export interface ProcessUsage {
  /** User and system time of all threads. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** What it moved from and to disks, all threads together. Undefined where the kernel doesn't tell us. */
  readonly disk: { readonly diskReadBytes: number; readonly diskWrittenBytes: number } | undefined;
}

/** USER_HZ, the unit of times in /proc: fixed in the kernel's interface to user space. */
const TICKS_PER_SECOND = 100;

/** Undefined when there is no such process. proc(5): utime and stime are fields 14 and 15 of stat. */
export async function readProcessUsage(pid: number): Promise<ProcessUsage | undefined> {
  const [stat, status, io] = await Promise.all(['stat', 'status', 'io'].map((file) => read(`/proc/${pid}/${file}`)));
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const kibibytes = /^VmRSS:\s*(\d+) kB$/m.exec(status ?? '')?.[1];
  return fields === undefined || kibibytes === undefined
    ? undefined
    : {
        cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
        residentBytes: Number(kibibytes) * 1024,
        disk: parseIo(io ?? ''),
      };
}

function parseIo(text: string): ProcessUsage['disk'] {
  const read = /^read_bytes: (\d+)$/m.exec(text)?.[1];
  const written = /^write_bytes: (\d+)$/m.exec(text)?.[1];
  return read === undefined || written === undefined
    ? undefined
    : { diskReadBytes: Number(read), diskWrittenBytes: Number(written) };
}

async function read(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
