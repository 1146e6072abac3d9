import type { ConnectionInfo, DriverCapabilities, IoHypervisorDriver, Listener, LuksKey } from '../../contract.ts';

/** The test runner's functions: those of vitest, of `node:test`, or of any other. */
export interface ConformanceFramework {
  describe(title: string, define: () => void): void;
  it(title: string, run: () => Promise<void>): void;
  /** Shows a test without running it. */
  skip(title: string, run: () => Promise<void>): void;
}

/** Storage of one volume, where the suite looks behind the driver's back. */
export interface ConformanceVolume {
  readonly connectionInfo: ConnectionInfo;
  readonly sizeBytes: number;
  /** Its backend's own id, where it has one. */
  readonly id?: string;
  /** Reads what really is on the storage. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Gives the storage itself another size. Needed for drivers that can resize. */
  grow?(sizeBytes: number): Promise<void>;
}

/** A volume formatted with LUKS 1. */
export interface ConformanceEncryptedVolume extends ConformanceVolume {
  readonly key: LuksKey;
  /** Another key, which opens nothing. */
  readonly wrongKey: LuksKey;
}

/** What a client of an export needs to know. */
export interface ConformanceAccess {
  readonly listener: Listener;
  readonly exportName: string;
  /** Undefined: a client that tries without authentication. */
  readonly credentials: { readonly identity: string; readonly secretHex: string } | undefined;
}

/** A real client of the driver's transport. Each call opens a connection of its own, and rejects when it gets none. */
export interface ConformanceClient {
  sizeBytes(): Promise<number>;
  /** Writes `length` bytes of value `pattern`, and flushes. */
  write(offset: number, length: number, pattern: number): Promise<void>;
  discard(offset: number, length: number): Promise<void>;
  /** Whether all of these bytes have value `pattern`. */
  holds(offset: number, length: number, pattern: number): Promise<boolean>;
  /** Milliseconds that `count` writes of `length` bytes took, some of them in flight at a time. */
  timeWrites(count: number, length: number): Promise<number>;
  /**
   * Writes without end, several requests in flight, until the connection ends or `stop` is called. Resolves when the first
   * writes are completed.
   */
  keepWriting(options?: {
    /** Whether it connects again, for as long as it takes, when its connection ends; what waits is not failed. */
    readonly reconnect?: boolean;
  }): Promise<ConformanceWriter>;
}

export interface ConformanceWriter {
  /** Resolves when a write has failed or the client has ended. */
  readonly ended: Promise<void>;
  /** Whether a write that begins after this call is completed; false once it has ended. */
  goesOn(): Promise<boolean>;
  /** Bytes that were completed so far. Needed for drivers that can throttle. */
  writtenBytes?(): number;
  stop(): Promise<void>;
}

/** A fresh, empty place for one test. */
export interface ConformanceSite {
  readonly driver: IoHypervisorDriver;
  /** Another driver object over the same data plane, as after a restart of the control plane. */
  anotherDriver(): IoHypervisorDriver;
  newVolume(sizeBytes: number): Promise<ConformanceVolume>;
  /** Needed for drivers that can decrypt. */
  newEncryptedVolume?(): Promise<ConformanceEncryptedVolume>;
  /** A volume of a backend that the driver counts. Needed for drivers that count, where `newVolume` makes none. */
  newCountedVolume?(sizeBytes: number): Promise<ConformanceVolume>;
  newListener(): Promise<Listener>;
  client(access: ConformanceAccess): ConformanceClient;
  /** Ends the instance's data plane as `kill -9` does. */
  killDataPlane(instanceId: string): Promise<void>;
  /** What there is of this site's data plane: processes, sockets, files, kernel objects, each in words. */
  leftovers(): Promise<readonly string[]>;
  /** Removes everything, also after a failed test. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ConformanceHarness {
  readonly framework: ConformanceFramework;
  readonly driverName: string;
  readonly capabilities: DriverCapabilities;
  /** Behaviours by title, or groups of them by name, that can't be shown, and why: known gaps, shown as skipped tests. */
  readonly exceptions?: Readonly<Record<string, string>>;
  /** Only these groups of behaviours, for a second look at a driver that has shown all. Default: all. */
  readonly groups?: readonly string[];
  newSite(): Promise<ConformanceSite>;
}
