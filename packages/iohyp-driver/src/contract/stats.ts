/** Work done since the volume was exported. */
export interface IoCounters {
  readonly readOperations?: number;
  readonly writeOperations?: number;
  /** Reads and writes together: of a data plane that doesn't tell them apart. */
  readonly operations?: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

export interface VolumeStats {
  readonly attachmentId: string;
  /** Undefined where the data plane doesn't count. */
  readonly io: IoCounters | undefined;
}

/** What one instance's data plane costs and does. */
export interface InstanceStats {
  readonly instanceId: string;
  /** Processor time used since its start, in seconds; undefined where the kernel itself serves. */
  readonly cpuSeconds: number | undefined;
  readonly residentBytes: number | undefined;
  readonly volumes: readonly VolumeStats[];
}
