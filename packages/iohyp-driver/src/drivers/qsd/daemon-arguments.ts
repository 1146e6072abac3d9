import { isAbsolute, join, relative } from 'node:path';
import type { InstanceDirectory } from './instance-directory.ts';

/** File descriptor that the daemon finds its listening socket at. */
const LISTENER_FD = 3;

/** Object that lists who may connect, where clients are known by certificates. */
export const CLIENTS_OBJECT = 'clients';

/** Command line of one instance's daemon: qemu-storage-daemon(1). It holds no secret, only where the keys are. */
export function daemonArguments(directory: InstanceDirectory, tls: 'psk' | 'x509'): readonly string[] {
  const credentials = `id=tls,endpoint=server,dir=${value(directory.keysDirectory)}`;
  const listen = `addr.type=fd,addr.str=${LISTENER_FD},tls-creds=tls`;
  return [
    '--chardev',
    `socket,id=qmp,path=${value(directory.qmpSocket)},server=on,wait=off`,
    '--monitor',
    'chardev=qmp',
    '--chardev',
    `socket,id=watch,path=${value(directory.watchSocket)},server=on,wait=off`,
    '--monitor',
    'chardev=watch',
    ...(tls === 'psk'
      ? ['--object', `tls-creds-psk,${credentials}`, '--nbd-server', listen]
      : [
          ...['--object', `tls-creds-x509,${credentials},verify-peer=on`],
          ...['--object', `authz-list,id=${CLIENTS_OBJECT},policy=deny`],
          ...['--nbd-server', `${listen},tls-authz=${CLIENTS_OBJECT}`],
        ]),
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
