import type { Interposer } from './contract/interposer.ts';
import type { QosLimits } from './contract/qos.ts';
import type { InstanceStats } from './contract/stats.ts';

export * from './contract/driver-error.ts';
export type * from './contract/interposer.ts';
export type * from './contract/qos.ts';
export type * from './contract/stats.ts';

/**
 * The contract between a control plane and an I/O hypervisor ("driver").
 *
 * A volume's life is `open -> interpose -> export -> grant`, and back `revoke -> unexport -> close`. Every verb is
 * idempotent (asking again for what already is answers the same), bounded by {@link CallOptions.signal}, and verified:
 * it answers what *is*, read back from the data plane, not what was asked. A driver keeps no state of its own that a
 * restart could lose: whatever it needs is found again in the data plane and in the driver's runtime directory.
 */

/** Changes when a driver that was written for the contract before no longer fits this one. */
export const CONTRACT_VERSION = 1;

/** Names one volume of one instance. `attachmentId` is Cinder's attachment uuid and unique by itself. */
export interface VolumeKey {
  readonly instanceId: string;
  readonly attachmentId: string;
}

/** Options every verb takes. */
export interface CallOptions {
  /**
   * Aborts the verb. What it had begun is either finished or undone; `inspect` tells which. The verb answers once that is
   * so, or after a bound of the driver's own where it waits for something that can't be interrupted; verbs of the same
   * instance then wait for that.
   */
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
  /**
   * Runs a synchronous action inside the tenant's network, on the calling thread. Only drivers need it that have no
   * process to hand a socket to: the kernel makes its socket where the thread is that asks for it.
   */
  runInside?<T>(action: () => T): T;
}

/** `connection_info` of a Cinder attachment: flat (v3 API) or folded as `{driver_volume_type, data}` (as Nova keeps it). */
export type ConnectionInfo = Readonly<Record<string, unknown>>;

export interface OpenRequest {
  readonly key: VolumeKey;
  readonly connectionInfo: ConnectionInfo;
  readonly readOnly: boolean;
  readonly listener: Listener;
  /** What the storage must be; anything else is refused as `wrong_volume` before it could be exported. */
  readonly expected?: ExpectedStorage;
  /**
   * Says that a `luks` interposer will follow. Without it a volume that Cinder calls encrypted is refused; with it, only
   * its export without such a stage is.
   */
  readonly willDecrypt?: boolean;
  /**
   * Other attachments may have the same storage open at the same time, and write to it, if they were opened so too: Cinder's
   * `multiattach`. Nothing between client and storage may then keep what another one may change. Default false: whoever comes
   * second is refused.
   */
  readonly shareable?: boolean;
}

/** By what storage is recognised. */
export interface ExpectedStorage {
  /** Exact size of what the backend opens, in bytes. For an encrypted volume: of the ciphertext. */
  readonly sizeBytes?: number;
  /**
   * The backend's own id of it: the identifier of a SCSI, NVMe or mapped device; the name of an RBD image, without its pool,
   * of a file, without its directory, of an NBD export. A backend that has none, as `iscsi`, refuses whatever is expected.
   */
  readonly id?: string;
}

export interface InterposeRequest {
  readonly key: VolumeKey;
  readonly interposers: readonly Interposer[];
}

export interface ExportRequest {
  readonly key: VolumeKey;
  /** Name under which clients ask for the volume. At most 255 bytes. */
  readonly exportName: string;
  readonly readOnly: boolean;
  /** The guest that the export is for. Only for drivers whose transport knows its client by its port (`vrio`). */
  readonly guest?: GuestPort;
}

/** A guest's network port, and the way to it. */
export interface GuestPort {
  /** Network interface of the I/O host that leads to the guest's network. */
  readonly interfaceName: string;
  readonly macAddress: string;
  readonly ipAddress: string;
}

/** The right of one client to use the exports of an instance. */
export interface GrantRequest {
  readonly key: VolumeKey;
  /** Identity that the client presents: 1 to 64 characters of `[A-Za-z0-9._-]`. */
  readonly identity: string;
  /** Pre-shared key, 32 bytes as 64 lower-case hex digits. Never logged. */
  readonly secretHex: string;
}

export interface ResizeRequest {
  readonly key: VolumeKey;
  /** Size that the storage has been given, by Cinder for example: of an encrypted volume, that of the ciphertext. Never less than before. */
  readonly sizeBytes: number;
}

export interface QosRequest {
  readonly key: VolumeKey;
  /** Replaces all limits there were. */
  readonly limits: QosLimits;
}

export interface AdoptRequest {
  readonly instanceId: string;
  /** Where the instance's exports were and are to be again. Used when the data plane has to be made anew. */
  readonly listener: Listener;
}

/** Ways to open storage that this package knows. Drivers from elsewhere may have others. */
export type BackendKind = 'file' | 'rbd' | 'nbd' | 'iscsi' | 'nfs' | 'local' | 'nvmeof';

/** Text of which some values are known here, and any may come. */
type AnyText = string & Record<never, never>;

/** What is known of one volume, read back from the data plane. */
export interface VolumeState {
  readonly attachmentId: string;
  readonly backend: BackendKind | AnyText;
  readonly sizeBytes: number;
  readonly readOnly: boolean;
  readonly interposers: readonly Interposer['kind'][];
  /** Limits of the throttle stage nearest to the export; absent without such a stage. */
  readonly qos?: QosLimits;
  /** Undefined while the volume is open but not exported. */
  readonly exportName: string | undefined;
  /** Identities that may connect. */
  readonly grants: readonly string[];
  /** How clients ask for the volume, where the transport is `nvme-tcp`. */
  readonly nvme?: NvmeExport;
}

/** Names of the NVMe base specification 2.0, section 4.5. */
export interface NvmeExport {
  readonly subsystemNqn: string;
  readonly namespaceUuid: string;
  /** By identity of those who may connect: the host NQN under which that client must come. */
  readonly hostNqns: Readonly<Record<string, string>>;
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
  readonly transport: 'nbd' | 'nvme-tcp' | 'vrio' | AnyText;
  readonly backends: readonly (BackendKind | AnyText)[];
  readonly interposers: readonly Interposer['kind'][];
  /** False: volumes that may only be read are refused as `not_supported`. Default true. */
  readonly readOnly?: boolean;
  /** Whether storage can be {@link OpenRequest.shareable}; asked for it, others refuse as `not_supported`. Default false. */
  readonly sharing?: boolean;
  /** Whether clients are authenticated and the transport encrypted. */
  readonly secure: boolean;
  /**
   * How clients learn of a new size: `announced` to those that are connected; by a `reconnect`, since the transport can't
   * tell and running connections are ended; or `none`: volumes can't be resized.
   */
  readonly resize: 'announced' | 'reconnect' | 'none';
  /** Whether it has the verb `cutOff`. Default false. */
  readonly cutsOff?: boolean;
  /** Whose volumes have counters in `stats`. Default: nobody's. */
  readonly counts?: {
    /** Backends of volumes that are counted. */
    readonly backends: readonly (BackendKind | AnyText)[];
    /** Whether it is also known how long requests took. */
    readonly latency: boolean;
  };
  /** Whether `adopt` makes a data plane anew that has died, from what the driver keeps on this host. */
  readonly recreates: boolean;
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
  /**
   * Ends all connections to an export, which goes on: who has a right connects again, and finds the volume as it was. Missing
   * where `unexport` and `export` do just that: of a transport whose clients take a volume that is away for a moment for lost.
   */
  cutOff?(key: VolumeKey, options?: CallOptions): Promise<void>;
  /**
   * Makes a size known that the storage has been given meanwhile, also while clients use the volume, and answers the size
   * that is. `bad_request` for less than before; `conflict` when the storage itself is smaller than asked.
   */
  resize(request: ResizeRequest, options?: CallOptions): Promise<VolumeState>;
  /** Changes the limits of the throttle stage nearest to the export, also in use. `conflict` without such a stage. */
  setQos(request: QosRequest, options?: CallOptions): Promise<VolumeState>;
  /**
   * Like `revoke` of everybody and `unexport`, but cuts nobody off: lets no new client in, waits until the running
   * connections have ended by themselves, and then ends the export. `timeout` or `aborted` while somebody is still
   * connected: the export goes on for those, and for nobody else until the next grant.
   */
  drain(key: VolumeKey, options?: CallOptions): Promise<void>;
  /** Ends the export and all its connections; resolves when the data plane says that it is gone. */
  unexport(key: VolumeKey, options?: CallOptions): Promise<void>;
  /** Closes the backend; resolves when it is verified closed. With the last volume the instance's process ends, too. */
  close(key: VolumeKey, options?: CallOptions): Promise<void>;
  /** Actual state of one instance; undefined when nothing of it runs. Never changes anything. */
  inspect(instanceId: string, options?: CallOptions): Promise<InstanceState | undefined>;
  /** Instances of which anything runs or is left over. */
  list(options?: CallOptions): Promise<readonly string[]>;
  /**
   * After a restart of the control plane, or when {@link watch} told of a loss: takes over what runs, and, if the driver
   * `recreates`, makes anew what has died, or what a verb that was cut short has left missing: the same volumes, interposers,
   * exports and grants, with the same keys, at the same address. Clients that reconnect resume. Answers what is; undefined
   * when there is nothing to adopt. Throws when something can't be made anew, and goes on with everything else.
   */
  adopt(request: AdoptRequest, options?: CallOptions): Promise<InstanceState | undefined>;
  /** Counters of one instance; undefined when nothing of it runs. */
  stats(instanceId: string, options?: CallOptions): Promise<InstanceStats | undefined>;
  /**
   * Calls `onLoss` as soon as the data plane of an instance has ended without having been asked to. Covers those that the
   * driver object has opened, adopted or inspected. The answer ends the watch. Where the kernel serves, nothing is lost.
   */
  watch(onLoss: (instanceId: string) => void): () => void;
}
