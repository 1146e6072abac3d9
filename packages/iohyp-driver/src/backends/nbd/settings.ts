export interface NbdBackendSettings {
  /** How long requests wait while the server is away, in seconds. Default 60. */
  readonly reconnectDelaySeconds?: number;
}
