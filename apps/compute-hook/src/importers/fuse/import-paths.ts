import { join } from 'node:path';

/** Where things of one import are. All follows from the attachment's id, so that a restarted hook finds it again. */
export interface ImportPaths {
  /** The file that QEMU opens; the FUSE file system is mounted onto it. */
  readonly disk: string;
  readonly diskDirectory: string;
  readonly runtimeDirectory: string;
  readonly qmpSocket: string;
  /** qemu's `tls-creds-psk` reads `keys.psk` in it. */
  readonly keysDirectory: string;
  readonly keysFile: string;
  readonly log: string;
}

export function importPaths(
  directories: { readonly imports: string; readonly runtime: string },
  attachmentId: string,
): ImportPaths {
  const diskDirectory = join(directories.imports, attachmentId);
  const runtimeDirectory = join(directories.runtime, attachmentId);
  const keysDirectory = join(runtimeDirectory, 'psk');
  return {
    disk: join(diskDirectory, 'disk'),
    diskDirectory,
    runtimeDirectory,
    qmpSocket: join(runtimeDirectory, 'qmp.sock'),
    keysDirectory,
    keysFile: join(keysDirectory, 'keys.psk'),
    log: join(runtimeDirectory, 'qemu-storage-daemon.log'),
  };
}
