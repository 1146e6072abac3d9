import type { Command } from '../../command/command.ts';

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
  /**
   * Side cores: processor cores for daemons only. Each volume's thread is bound to the one that has the fewest volumes;
   * what daemons do besides runs on all of them. Before QEMU 9.1 volumes have no threads of their own: there each daemon
   * is bound as a whole. Without it the kernel decides.
   */
  readonly cores?: readonly number[];
}

/** The same command, confined: each program here becomes the next one, so the process id stays. */
export function confined(command: Command, { runAs, openFiles = 4_096, cores = [] }: Confinement): Command {
  const words = [
    ...(cores.length === 0 ? [] : ['taskset', '--cpu-list', cores.join(',')]),
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
