import { join } from 'node:path';

/** Where things of one import's storage daemon are. */
export interface DaemonPaths {
  readonly directory: string;
  readonly qmpSocket: string;
  /** A monitor that nobody talks to: whoever is connected to it learns when the daemon ends. */
  readonly endSocket: string;
  /** qemu's `tls-creds-psk` reads `keys.psk` in it. */
  readonly keysDirectory: string;
  readonly keysFile: string;
  readonly log: string;
}

/** @param directory the import's own, see `directoryOf` */
export function daemonPaths(directory: string): DaemonPaths {
  const keysDirectory = join(directory, 'psk');
  return {
    directory,
    qmpSocket: join(directory, 'qmp.sock'),
    endSocket: join(directory, 'end.sock'),
    keysDirectory,
    keysFile: join(keysDirectory, 'keys.psk'),
    log: join(directory, 'qemu-storage-daemon.log'),
  };
}
