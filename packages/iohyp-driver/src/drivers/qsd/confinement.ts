import { readFile } from 'node:fs/promises';
import type { Command } from '../../command/command.ts';
import type { ProcessFacts } from '../../process/process-facts.ts';

/** A user of the I/O host that daemons run as. */
export interface DaemonUser {
  readonly uid: number;
  readonly gid: number;
}

/** What daemons may do on the I/O host. The programs that see to it are util-linux's. */
export interface Confinement {
  /**
   * They run as this user, without any capability or supplementary group, and can never gain any. The user must be able to
   * open the volumes. Without it they run as we do.
   */
  readonly runAs?: DaemonUser;
  /** RLIMIT_NOFILE of a daemon. Default 4,096. */
  readonly openFiles?: number;
  /** Processor cores for daemons only. Each daemon gets the one that has the fewest. Without it the kernel decides. */
  readonly cores?: readonly number[];
}

/** The same command, confined: each program here becomes the next one, so the process id stays. */
export function confined(
  command: Command,
  { runAs, openFiles = 4_096 }: Confinement,
  core: number | undefined,
): Command {
  const words = [
    ...(core === undefined ? [] : ['taskset', '--cpu-list', `${core}`]),
    // No core dumps: they would hold keys and data.
    ...['prlimit', `--nofile=${openFiles}`, '--core=0'],
    ...(runAs === undefined ? [] : dropTo(runAs)),
  ];
  const [program = command.program, ...args] = words;
  return { ...command, program, args: [...args, command.program, ...command.args] };
}

function dropTo({ uid, gid }: DaemonUser): readonly string[] {
  return [
    ...['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--no-new-privs'],
    ...['--inh-caps=-all', '--ambient-caps=-all', '--bounding-set=-all'],
  ];
}

/** The core that the fewest of these daemons have for themselves. Undefined when there are none to choose from. */
export async function leastUsedCore(
  cores: readonly number[],
  daemons: readonly ProcessFacts[],
): Promise<number | undefined> {
  const taken = await Promise.all(daemons.map(({ pid }) => allowedCores(pid)));
  const uses = cores.map((core) => ({ core, users: taken.filter((list) => list === `${core}`).length }));
  return uses.toSorted((one, other) => one.users - other.users)[0]?.core;
}

/** proc(5), status: such as `2` or `0-7`. Undefined when the process has ended. */
async function allowedCores(pid: number): Promise<string | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1];
}
