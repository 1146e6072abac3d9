/**
 * What a volume's storage was asked to do since the volume was opened: for its clients, and by stages on their own account
 * (a header that is read, a cache that is filled). What a stage answers by itself doesn't reach the storage and isn't in it.
 * Begins anew when the volume is opened anew; never falls otherwise.
 */
export interface IoCounters {
  readonly readOperations?: number;
  readonly writeOperations?: number;
  /** Reads and writes together: of a data plane that doesn't tell them apart. */
  readonly operations?: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
  /** How long reads took, each from request to answer, added up. Divided by their number it is their mean latency. */
  readonly readSeconds?: number;
  readonly writeSeconds?: number;
  readonly flushOperations?: number;
  readonly flushSeconds?: number;
  readonly discardOperations?: number;
  readonly discardedBytes?: number;
  readonly discardSeconds?: number;
}

export interface VolumeStats {
  readonly attachmentId: string;
  /** Undefined where nothing counts, or what counts doesn't answer now. */
  readonly io: IoCounters | undefined;
}

/** What one instance's data plane costs and does. */
export interface InstanceStats {
  readonly instanceId: string;
  /** Processor time used since its start, in seconds; undefined where the kernel itself serves. */
  readonly cpuSeconds: number | undefined;
  readonly residentBytes: number | undefined;
  /**
   * What its process moved from and to disks of this host since its start, of all its volumes together: proc(5), `read_bytes`
   * and `write_bytes` of `/proc/PID/io`. Storage that the process itself reaches over the network is not in it.
   */
  readonly diskReadBytes?: number;
  readonly diskWrittenBytes?: number;
  readonly volumes: readonly VolumeStats[];
}
