import { readlink, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { major, minor } from '../../backends/local/device-number.ts';
import { LocalCommandRunner } from '../../command/local-command-runner.ts';
import type { DaemonUser } from './confinement.ts';
import type { InstanceDirectory } from './instance-directory.ts';
import type { Session } from './session.ts';

const runner = new LocalCommandRunner();

/** Of /run only this is kept, where it is there: /etc/resolv.conf may lead to it, and storage may be named, not numbered. */
const RESOLVER = '/run/systemd/resolve';

/**
 * In a mount namespace of its own: covers /dev with four devices, and /run and the runtime directory with nothing but the
 * instance's own directory, then becomes the rest of its arguments. Mounts that the host makes later (shares, for example)
 * arrive here, too. New roots are made below the new /dev and moved: once they cover the old ones, those can't be reached.
 * Arguments: instance directory, runtime directory, resolver's directory, program and its arguments.
 */
const SCRIPT = `
instance=$1 runtime=$2 resolver=$3; shift 3
mount -n -t tmpfs -o nosuid,noexec,mode=0755,size=64k iorcl-dev /dev
for node in null:3 zero:5 random:8 urandom:9; do
  mknod -m 0666 "/dev/\${node%:*}" c 1 "\${node#*:}"
done
cover() {
  root=$1; shift
  mkdir /dev/root
  mount -n -t tmpfs -o nosuid,nodev,noexec,mode=0755,size=64k iorcl-view /dev/root
  for kept in "$@"; do
    case $kept in "$root"/*)
      mkdir -p "/dev/root/\${kept#"$root"/}"
      mount -n --bind "$kept" "/dev/root/\${kept#"$root"/}" ;;
    esac
  done
  mount -n --move /dev/root "$root"
  rmdir /dev/root
}
[ -d "$resolver" ] || resolver=
case $runtime in /run/*) ;; *) cover "$runtime" "$instance" ;; esac
cover /run "$instance" "$resolver"
exec "$@"
`;

/** Words in front of a command that give it a private view. Needs CAP_SYS_ADMIN. */
export function privateView(directory: InstanceDirectory): readonly string[] {
  return [
    ...['unshare', '--mount', '--propagation', 'slave', '--'],
    ...['sh', '-ec', SCRIPT, 'sh', directory.path, dirname(directory.path), RESOLVER],
  ];
}

/**
 * Makes a block device appear in the daemon's view, for its user alone, under the paths that it has on the host. Without
 * such a view nothing is done.
 */
export async function showDevice(session: Session, path: string): Promise<void> {
  const { process: daemon, directory, call } = session;
  const device = await stat(path);
  if (!device.isBlockDevice() || !(await hasOwnView(daemon.pid))) {
    return;
  }
  const { uid, gid }: DaemonUser = directory.owner ?? { uid: 0, gid: 0 };
  const script = 'mkdir -p "$2"; rm -f "$1"; mknod -m 0600 "$1" b "$3" "$4"; chown "$5" "$1"';
  for (const each of await shownPaths(path)) {
    const facts = [each, dirname(each), `${major(device.rdev)}`, `${minor(device.rdev)}`, `${uid}:${gid}`];
    const args = [`--mount=/proc/${daemon.pid}/ns/mnt`, '--', 'sh', '-ec', script, 'sh', ...facts];
    await runner.run({ program: 'nsenter', args }, call.signal === undefined ? {} : { signal: call.signal });
  }
}

/** Takes a device out of the daemon's view once it is open: its number may be another tenant's later. */
export async function hideDevice({ process: daemon, call }: Session, path: string): Promise<void> {
  if (await hasOwnView(daemon.pid)) {
    const args = [`--mount=/proc/${daemon.pid}/ns/mnt`, '--', 'rm', '-f', '--', ...(await shownPaths(path))];
    await runner.run({ program: 'nsenter', args }, call.signal === undefined ? {} : { signal: call.signal });
  }
}

/** A link outside of /dev is seen there as it is here. */
async function shownPaths(path: string): Promise<ReadonlySet<string>> {
  return new Set([path, await realpath(path)].filter((each) => each.startsWith('/dev/')));
}

async function hasOwnView(pid: number): Promise<boolean> {
  const [its, ours] = await Promise.all([readlink(`/proc/${pid}/ns/mnt`), readlink('/proc/self/ns/mnt')]);
  return its !== ours;
}
