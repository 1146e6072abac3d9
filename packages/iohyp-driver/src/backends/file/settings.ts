export interface FileBackendSettings {
  /** Only files below these absolute paths are ever opened. None: file volumes are refused. */
  readonly allowedDirectories: readonly string[];
  /**
   * `direct` bypasses the host's page cache (O_DIRECT), as Nova does for shared storage; `buffered` does not; `auto`, the
   * default, is `direct` where the file system can. With each of them a flush reaches the storage before it is answered.
   */
  readonly cache?: 'auto' | 'direct' | 'buffered';
}
