import type { Command } from '../../command/command.ts';
import type { InstanceDirectory } from './instance-directory.ts';
import { privateView } from './private-view.ts';

/** A user of the I/O host that daemons run as. */
export interface DaemonUser {
  readonly uid: number;
  readonly gid: number;
}

/** What daemons may do on the I/O host. The programs that see to it are util-linux's. */
export interface Confinement {
  /**
   * They run as this user, without any capability or supplementary group, and can never gain any. The user must be able to
   * open the volumes. Without it they run as we do, and, unless that is root, without any capability as well.
   */
  readonly runAs?: DaemonUser;
  /**
   * Of /dev and /run they see only what they need: four devices, the block devices of their volumes, their own directory.
   * A block device need not be given to their user then. Default: true with `runAs`, else false. Needs CAP_SYS_ADMIN.
   */
  readonly privateView?: boolean;
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
export function confined(command: Command, confinement: Confinement, directory: InstanceDirectory): Command {
  const { runAs, openFiles = 4_096, cores = [], privateView: hasView = runAs !== undefined } = confinement;
  const words = [
    ...(cores.length === 0 ? [] : ['taskset', '--cpu-list', cores.join(',')]),
    // No core dumps: they would hold keys and data.
    ...['prlimit', `--nofile=${openFiles}`, '--core=0'],
    ...(hasView ? privateView(directory) : []),
    ...(runAs === undefined ? keepNothing() : dropTo(runAs)),
  ];
  const [program = command.program, ...args] = words;
  return { ...command, program, args: [...args, command.program, ...command.args] };
}

/** What a service manager gave us (ambient capabilities, capabilities(7)) is not for daemons. Root is root anyway. */
function keepNothing(): readonly string[] {
  return process.getuid?.() === 0 ? [] : ['setpriv', '--no-new-privs', '--inh-caps=-all', '--ambient-caps=-all'];
}

function dropTo({ uid, gid }: DaemonUser): readonly string[] {
  return [
    ...['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--no-new-privs'],
    ...['--inh-caps=-all', '--ambient-caps=-all', '--bounding-set=-all'],
  ];
}
