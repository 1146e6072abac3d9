/**
 * The contract between a control plane and an I/O hypervisor ("driver").
 *
 * A volume's life is `open -> interpose -> export -> grant`, and back `revoke -> unexport -> close`. Every verb is
 * idempotent (asking again for what already is answers the same), bounded by {@link CallOptions.signal}, and verified:
 * it answers what *is*, read back from the data plane, not what was asked. A driver keeps no state of its own that a
 * restart could lose: whatever it needs is found again in the data plane and in the driver's runtime directory.
 */

/** Names one volume of one instance. `attachmentId` is Cinder's attachment uuid and unique by itself. */
export interface VolumeKey {
  readonly instanceId: string;
  readonly attachmentId: string;
}

/** Options every verb takes. */
export interface CallOptions {
  /** Aborts the verb. What it had begun is either finished or undone; `inspect` tells which. */
  readonly signal?: AbortSignal;
}

/**
 * Where the clients of one instance reach its exports: a TCP address inside the tenant's network. The data-plane
 * process itself never enters that network: it is handed a socket that already listens there.
 */
export interface Listener {
  /** IPv4 or IPv6 address without scope. */
  readonly address: string;
  readonly port: number;
  /** Opens the listening socket and answers its file descriptor. The driver owns and closes it. Called only when needed. */
  openSocket(): number;
}

/** `connection_info` of a Cinder attachment: flat (v3 API) or folded as `{driver_volume_type, data}` (as Nova keeps it). */
export type ConnectionInfo = Readonly<Record<string, unknown>>;

export interface OpenRequest {
  readonly key: VolumeKey;
  readonly connectionInfo: ConnectionInfo;
  readonly readOnly: boolean;
  readonly listener: Listener;
}

/** An interposer stage, first in the list = nearest to the backend. */
export interface ThrottleInterposer {
  readonly kind: 'throttle';
  /** Operations per second, reads and writes together. */
  readonly iopsTotal?: number;
  /** Bytes per second, reads and writes together. */
  readonly bytesPerSecondTotal?: number;
}
export type Interposer = ThrottleInterposer;

export interface InterposeRequest {
  readonly key: VolumeKey;
  readonly interposers: readonly Interposer[];
}

export interface ExportRequest {
  readonly key: VolumeKey;
  /** Name under which clients ask for the volume. At most 255 bytes. */
  readonly exportName: string;
  readonly readOnly: boolean;
}

/** The right of one client to use the exports of an instance. */
export interface GrantRequest {
  readonly key: VolumeKey;
  /** Identity that the client presents: 1 to 64 characters of `[A-Za-z0-9._-]`. */
  readonly identity: string;
  /** Pre-shared key, 32 bytes as 64 lower-case hex digits. Never logged. */
  readonly secretHex: string;
}

export type BackendKind = 'file' | 'rbd';

/** What is known of one volume, read back from the data plane. */
export interface VolumeState {
  readonly attachmentId: string;
  readonly backend: BackendKind;
  readonly sizeBytes: number;
  readonly readOnly: boolean;
  readonly interposers: readonly Interposer['kind'][];
  /** Undefined while the volume is open but not exported. */
  readonly exportName: string | undefined;
  /** Identities that may connect. */
  readonly grants: readonly string[];
}

/** What is known of one instance's data plane. */
export interface InstanceState {
  readonly instanceId: string;
  /** Process that serves the instance; undefined where the kernel itself does. */
  readonly pid: number | undefined;
  readonly address: string;
  readonly port: number;
  readonly volumes: readonly VolumeState[];
}

export interface DriverCapabilities {
  /** Transport that clients speak. */
  readonly transport: 'nbd' | 'nvme-tcp' | 'vrio';
  readonly backends: readonly BackendKind[];
  readonly interposers: readonly Interposer['kind'][];
  /** Whether clients are authenticated and the transport encrypted. */
  readonly secure: boolean;
}

/** Verbs throw {@link DriverError}. All take and answer plain data; see the head of this file for what holds for each. */
export interface IoHypervisorDriver {
  readonly name: string;
  readonly capabilities: DriverCapabilities;
  /** Connects and opens the backend; refuses unknown types, missing fields and unsafe paths before anything changes. */
  open(request: OpenRequest, options?: CallOptions): Promise<VolumeState>;
  /** Puts exactly these stages between backend and export. Only while not exported. */
  interpose(request: InterposeRequest, options?: CallOptions): Promise<VolumeState>;
  export(request: ExportRequest, options?: CallOptions): Promise<VolumeState>;
  grant(request: GrantRequest, options?: CallOptions): Promise<VolumeState>;
  /** After it the identity can't open new connections. Existing ones end at `unexport`. */
  revoke(key: VolumeKey, identity: string, options?: CallOptions): Promise<void>;
  /** Ends the export and all its connections; resolves when the data plane says that it is gone. */
  unexport(key: VolumeKey, options?: CallOptions): Promise<void>;
  /** Closes the backend; resolves when it is verified closed. With the last volume the instance's process ends, too. */
  close(key: VolumeKey, options?: CallOptions): Promise<void>;
  /** Actual state of one instance; undefined when nothing of it runs. Never changes anything. */
  inspect(instanceId: string, options?: CallOptions): Promise<InstanceState | undefined>;
  /** Instances of which anything runs or is left over. */
  list(options?: CallOptions): Promise<readonly string[]>;
}

export type DriverErrorCode =
  | 'bad_connection_info'
  | 'unsafe_path'
  | 'bad_request'
  | 'conflict'
  | 'not_open'
  | 'backend_failed'
  | 'data_plane_failed'
  | 'timeout'
  | 'aborted';

export interface DriverErrorFacts {
  readonly instanceId?: string;
  readonly attachmentId?: string;
  /** Whether the same call may succeed later without anything else changing. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/** What a driver's verb failed with. `message` says what was tried, on what, why it failed, and what to do. */
export class DriverError extends Error {
  override readonly name = 'DriverError';
  readonly code: DriverErrorCode;
  readonly retryable: boolean;
  readonly instanceId: string | undefined;
  readonly attachmentId: string | undefined;

  constructor(code: DriverErrorCode, message: string, facts: DriverErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.retryable = facts.retryable ?? false;
    this.instanceId = facts.instanceId;
    this.attachmentId = facts.attachmentId;
  }
}
