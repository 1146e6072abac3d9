import { isAbsolute, join, relative } from 'node:path';
import type { InstanceDirectory } from './instance-directory.ts';

/** File descriptor that the daemon finds its listening socket at. */
const LISTENER_FD = 3;

/** Command line of one instance's daemon: qemu-storage-daemon(1). It holds no secret, only where the keys are. */
export function daemonArguments(directory: InstanceDirectory): readonly string[] {
  return [
    '--chardev',
    `socket,id=qmp,path=${value(directory.qmpSocket)},server=on,wait=off`,
    '--monitor',
    'chardev=qmp',
    '--chardev',
    `socket,id=watch,path=${value(directory.watchSocket)},server=on,wait=off`,
    '--monitor',
    'chardev=watch',
    '--object',
    `tls-creds-psk,id=tls,endpoint=server,dir=${value(directory.keysDirectory)}`,
    '--nbd-server',
    `addr.type=fd,addr.str=${LISTENER_FD},tls-creds=tls`,
    '--pidfile',
    directory.pidFile,
  ];
}

/** Instance that a command line of ours belongs to; undefined for any other command line. */
export function instanceOfArguments(args: readonly string[], runtimeDirectory: string): string | undefined {
  const pidFile = args[args.indexOf('--pidfile') + 1];
  if (!args.includes('--pidfile') || pidFile === undefined) {
    return undefined;
  }
  const instanceId = relative(runtimeDirectory, join(pidFile, '..'));
  const ours =
    !isAbsolute(instanceId) &&
    !instanceId.includes('/') &&
    join(runtimeDirectory, instanceId, 'daemon.pid') === pidFile;
  return ours && instanceId !== '' && instanceId !== '..' ? instanceId : undefined;
}

/** QEMU's key=value syntax: a comma within a value is written twice. */
function value(text: string): string {
  return text.replaceAll(',', ',,');
}
