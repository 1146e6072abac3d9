import type { ExportAccess } from '@iorcl/api';
import { type Command, findProcesses, type ProcessFacts } from '@iorcl/iohyp-driver';
import * as z from 'zod';
import type { ImportPaths } from './import-paths.ts';

/** Id of the FUSE export in each import's daemon. */
export const EXPORT_ID = 'disk';
/** Name of the block node in each import's daemon. */
export const NODE_NAME = 'export';

export interface StorageDaemonOptions {
  readonly program: string;
  /** How long requests wait for an export that is away before they fail, in seconds. */
  readonly reconnectDelaySeconds: number;
}

/**
 * The qemu-storage-daemon of one import: NBD client on one side, FUSE export on the other (qemu-storage-daemon(1),
 * QMP reference "BlockdevOptionsNbd", "BlockExportOptionsFuse"). The key is in a file, never among the arguments.
 */
export function storageDaemonCommand(
  paths: ImportPaths,
  access: ExportAccess,
  interfaceName: string,
  options: StorageDaemonOptions,
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
  const fuse = {
    type: 'fuse',
    id: EXPORT_ID,
    'node-name': NODE_NAME,
    mountpoint: paths.disk,
    writable: !access.readOnly,
    // QEMU of a guest runs as another user than we do.
    'allow-other': 'auto',
  };
  return {
    program: options.program,
    args: [
      ...['--chardev', qmpChardev(paths)],
      ...['--monitor', 'chardev=qmp'],
      ...['--object', JSON.stringify(credentials)],
      ...['--blockdev', JSON.stringify(node)],
      ...['--export', JSON.stringify(fuse)],
    ],
  };
}

/**
 * Whether a running daemon imports this very export. Only what names the export counts: a daemon that an older hook
 * started, or one with other options, is as good, and replacing it would be an I/O error for its guest.
 */
export function importsExport(args: readonly string[], access: ExportAccess, interfaceName: string): boolean {
  const node = nodeSchema.safeParse(argumentAfter(args, '--blockdev'));
  const credentials = credentialsSchema.safeParse(argumentAfter(args, '--object'));
  if (!node.success || !credentials.success) return false;
  const { server, export: exportName } = node.data;
  return (
    server.host === serverHost(access, interfaceName) &&
    server.port === String(access.port) &&
    exportName === access.exportName &&
    node.data['read-only'] === access.readOnly &&
    credentials.data.username === access.tls.identity
  );
}

const nodeSchema = z.object({
  server: z.object({ host: z.string(), port: z.string() }),
  export: z.string(),
  'read-only': z.boolean(),
});
const credentialsSchema = z.object({ username: z.string() });

function argumentAfter(args: readonly string[], name: string): unknown {
  try {
    return JSON.parse(args[args.indexOf(name) + 1] ?? '');
  } catch {
    return undefined;
  }
}

function serverHost({ address }: ExportAccess, interfaceName: string): string {
  return /^fe[89ab][0-9a-f]:/i.test(address) ? `${address}%${interfaceName}` : address;
}

/** The running daemon of an import, known by the socket among its arguments, which no other process has. */
export async function findStorageDaemon(paths: ImportPaths): Promise<ProcessFacts | undefined> {
  const mark = qmpChardev(paths);
  const found = await findProcesses((args) => args[1] === '--chardev' && args[2] === mark);
  return found[0];
}

function qmpChardev(paths: ImportPaths): string {
  return `socket,id=qmp,path=${paths.qmpSocket},server=on,wait=off`;
}
