import type { FileBackendSettings } from '../file/settings.ts';

export interface NfsBackendSettings extends Pick<FileBackendSettings, 'cache'> {
  /**
   * Shares are mounted below it, each at the MD5 of its name (`echo -n server:/share | md5sum`), as Cinder and os-brick do
   * it. Mounting them is the operator's (fstab, autofs) or Cinder's own job.
   */
  readonly mountPointBase: string;
}
