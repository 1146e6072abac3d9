import { exists } from '../import-directories.ts';
import { isMountPoint } from '../mount-table.ts';

/** Id of the export in each import's daemon; its name, where it is an NBD server's. */
export const EXPORT_ID = 'disk';
/** Name of the block node in each import's daemon. */
export const NODE_NAME = 'export';

/** How a storage daemon offers on this host what it has imported: as a file, or as an NBD server on a unix socket. */
export type Outlet =
  | { readonly kind: 'fuse'; readonly mountPoint: string }
  | { readonly kind: 'nbd'; readonly socket: string };

/** The export as QMP has it ("BlockExportOptions"). */
export function outletExport(outlet: Outlet, readOnly: boolean): Readonly<Record<string, unknown>> {
  const common = { id: EXPORT_ID, 'node-name': NODE_NAME, writable: !readOnly };
  switch (outlet.kind) {
    case 'fuse':
      // QEMU of a guest runs as another user than we do.
      return { type: 'fuse', ...common, mountpoint: outlet.mountPoint, 'allow-other': 'auto' };
    case 'nbd':
      return { type: 'nbd', ...common, name: EXPORT_ID };
  }
}

/** Command line of the export (qemu-storage-daemon(1)). */
export function outletArguments(outlet: Outlet, readOnly: boolean): readonly string[] {
  const server = outlet.kind === 'nbd' ? ['--nbd-server', JSON.stringify(nbdServer(outlet.socket))] : [];
  return [...server, '--export', JSON.stringify(outletExport(outlet, readOnly))];
}

/** Whether the kernel has it. */
export async function isThere(outlet: Outlet): Promise<boolean> {
  return outlet.kind === 'fuse' ? await isMountPoint(outlet.mountPoint) : await exists(outlet.socket);
}

function nbdServer(path: string): Readonly<Record<string, unknown>> {
  return { addr: { type: 'unix', path } };
}
