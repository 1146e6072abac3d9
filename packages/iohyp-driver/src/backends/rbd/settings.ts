export interface RbdBackendSettings {
  /** Where `<cluster>.conf` is. Default `/etc/ceph`. */
  readonly configurationDirectory?: string;
  /**
   * Keyring file that holds `[client.<user>]`. Without it Ceph's own search decides: the `keyring` option of the
   * configuration, then `/etc/ceph/<cluster>.client.<user>.keyring` and so on.
   */
  readonly keyring?: string;
}
