import { type Command, findProcesses, type ProcessFacts } from '@iorcl/iohyp-driver';
import * as z from 'zod';
import type { NbdAccess } from '../nbd-access.ts';
import type { DaemonPaths } from './daemon-paths.ts';
import { NODE_NAME, type Outlet, outletArguments } from './outlet.ts';

export interface DaemonCommandOptions {
  readonly program: string;
  /** How long requests wait for an export that is away before they fail, in seconds. */
  readonly reconnectDelaySeconds: number;
}

/**
 * The qemu-storage-daemon of one import: NBD client on one side, an outlet on this host on the other (qemu-storage-daemon(1),
 * QMP reference "BlockdevOptionsNbd"). The key is in a file, never among the arguments.
 */
export function daemonCommand(
  paths: DaemonPaths,
  outlet: Outlet,
  access: NbdAccess,
  interfaceName: string,
  options: DaemonCommandOptions,
): Command {
  const credentials = {
    'qom-type': 'tls-creds-psk',
    id: 'tls',
    endpoint: 'client',
    dir: paths.keysDirectory,
    username: access.tls.identity,
  };
  const node = {
    driver: 'nbd',
    'node-name': NODE_NAME,
    server: {
      type: 'inet',
      host: serverHost(access, interfaceName),
      port: String(access.port),
    },
    export: access.exportName,
    'tls-creds': 'tls',
    'reconnect-delay': options.reconnectDelaySeconds,
    'read-only': access.readOnly,
    discard: 'unmap',
  };
  return {
    program: options.program,
    args: [
      ...['--chardev', qmpChardev(paths)],
      ...['--monitor', 'chardev=qmp'],
      ...['--chardev', `socket,id=end,path=${paths.endSocket},server=on,wait=off`],
      ...['--monitor', 'chardev=end'],
      ...['--object', JSON.stringify(credentials)],
      ...['--blockdev', JSON.stringify(node)],
      ...outletArguments(outlet, access.readOnly),
    ],
  };
}

/**
 * Whether a running daemon imports this very export and offers it by this outlet. Only what names them counts: a daemon that an
 * older hook started, or one with other options, is as good, and replacing it would be an I/O error for its guest.
 */
export function importsExport(
  args: readonly string[],
  outlet: Outlet,
  access: NbdAccess,
  interfaceName: string,
): boolean {
  const node = nodeSchema.safeParse(argumentAfter(args, '--blockdev'));
  const credentials = credentialsSchema.safeParse(argumentAfter(args, '--object'));
  const exported = exportSchema.safeParse(argumentAfter(args, '--export'));
  if (!node.success || !credentials.success || !exported.success) return false;
  const { server, export: exportName } = node.data;
  return (
    server.host === serverHost(access, interfaceName) &&
    server.port === String(access.port) &&
    exportName === access.exportName &&
    node.data['read-only'] === access.readOnly &&
    credentials.data.username === access.tls.identity &&
    exported.data.type === outlet.kind
  );
}

const nodeSchema = z.object({
  server: z.object({ host: z.string(), port: z.string() }),
  export: z.string(),
  'read-only': z.boolean(),
});
const credentialsSchema = z.object({ username: z.string() });
const exportSchema = z.object({ type: z.string() });

function argumentAfter(args: readonly string[], name: string): unknown {
  try {
    return JSON.parse(args[args.indexOf(name) + 1] ?? '');
  } catch {
    return undefined;
  }
}

/** The block node that a running daemon was started with; undefined where that can't be read. */
export function exportNodeOf({ args }: ProcessFacts): Readonly<Record<string, unknown>> | undefined {
  const node = z.record(z.string(), z.unknown()).safeParse(argumentAfter(args, '--blockdev'));
  return node.success ? node.data : undefined;
}

function serverHost({ address }: NbdAccess, interfaceName: string): string {
  return /^fe[89ab][0-9a-f]:/i.test(address) ? `${address}%${interfaceName}` : address;
}

/** The running daemon of an import, known by the socket among its arguments, which no other process has. */
export async function findDaemon(paths: DaemonPaths): Promise<ProcessFacts | undefined> {
  const mark = qmpChardev(paths);
  const found = await findProcesses((args) => args[1] === '--chardev' && args[2] === mark);
  return found[0];
}

function qmpChardev(paths: DaemonPaths): string {
  return `socket,id=qmp,path=${paths.qmpSocket},server=on,wait=off`;
}
