export interface IscsiBackendSettings {
  /** This I/O host's name: the one in the connector that Cinder was given. Without it iSCSI volumes are refused. */
  readonly initiatorName: string;
  /** How long each portal may take to answer, in milliseconds, before the next one is tried. Default 3,000. */
  readonly portalTimeoutMs?: number;
}
