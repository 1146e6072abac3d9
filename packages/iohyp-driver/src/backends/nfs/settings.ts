import type { FileBackendSettings } from '../file/settings.ts';

export type NfsBackendSettings = MountedShares | DirectShares;

/** The kernel's NFS client: raw and qcow2. */
export interface MountedShares extends Pick<FileBackendSettings, 'cache'> {
  readonly client?: 'kernel';
  /**
   * Shares are mounted below it, each at the MD5 of its name (`echo -n server:/share | md5sum`), as Cinder and os-brick do
   * it. Mounting them is the operator's (fstab, autofs) or Cinder's own job.
   */
  readonly mountPointBase: string;
}

/**
 * libnfs in the daemon itself, over NFS version 3 and TCP: nothing is mounted on the I/O host. Raw only. Daemons that run
 * unprivileged connect from a high port, which the server must allow (`insecure` in exports(5)).
 */
export interface DirectShares {
  readonly client: 'libnfs';
  /** User and group that the server is told (AUTH_SYS). Default: the daemon's. */
  readonly user?: number;
  readonly group?: number;
}
