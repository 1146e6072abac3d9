import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import * as z from 'zod';

/** Why fio(1) can't be run; undefined when it can. */
export function whyNoFio(): string | undefined {
  return spawnSync('fio', ['--version']).error === undefined
    ? undefined
    : 'fio is not installed: apt-get install fio (tried with 3.33)';
}

/** What fio did, on all disks. */
export interface FioReport {
  readonly writes: number;
  /** Blocks that were read back and compared. */
  readonly verified: number;
  /** Each ended its disk's work: `DISK: errno`. */
  readonly errors: readonly string[];
  /** Of a write or a read, in milliseconds. */
  readonly longestMs: number;
}

const direction = z.object({ total_ios: z.number(), lat_ns: z.object({ max: z.number() }) });
const output = z.object({
  jobs: z.array(z.object({ jobname: z.string(), error: z.number(), read: direction, write: direction })),
});

/** The part of each disk that is written, again and again. */
const SIZE = '64m';

/**
 * Writes checksummed blocks at random places of disks and reads them back, a batch at a time, until it is told to end. The
 * first error of any kind ends the work on its disk.
 */
export class Fio {
  readonly #child: ChildProcessByStdio<null, Readable, null>;
  readonly #output: Promise<string>;

  /** @param perSecond most writes, and most reads, on each disk in a second */
  constructor(paths: readonly string[], perSecond: number) {
    const common = [
      ...[
        '--thread=1',
        '--ioengine=libaio',
        '--direct=1',
        '--iodepth=4',
        '--rw=randwrite',
        '--bs=16k',
        `--size=${SIZE}`,
      ],
      ...[
        '--verify=crc32c',
        '--verify_backlog=16',
        '--verify_fatal=1',
        '--verify_state_save=0',
        '--continue_on_error=none',
      ],
      ...['--time_based=1', '--runtime=86400', `--rate_iops=${perSecond}`],
    ];
    const jobs = paths.flatMap((path, index) => [`--name=disk${index}`, `--filename=${path}`, ...common]);
    this.#child = spawn('fio', ['--output-format=json', ...jobs], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#output = text(this.#child.stdout);
  }

  /** Lets it finish what is under way. */
  async end(): Promise<FioReport> {
    this.#child.kill('SIGINT');
    const said = await this.#output;
    const { jobs } = output.parse(JSON.parse(said.slice(said.indexOf('{'))));
    const sum = (count: (job: (typeof jobs)[number]) => number): number =>
      jobs.reduce((total, job) => total + count(job), 0);
    return {
      writes: sum(({ write }) => write.total_ios),
      verified: sum(({ read }) => read.total_ios),
      errors: jobs.flatMap(({ jobname, error }) => (error === 0 ? [] : [`${jobname}: ${error}`])),
      longestMs: Math.max(...jobs.flatMap(({ read, write }) => [read.lat_ns.max, write.lat_ns.max])) / 1e6,
    };
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
