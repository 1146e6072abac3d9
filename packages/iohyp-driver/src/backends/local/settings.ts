export interface LocalBackendSettings {
  /** Only devices whose path begins with one of these are opened, e.g. `/dev/cinder-volumes/`. None: all are refused. */
  readonly allowedPrefixes: readonly string[];
}
