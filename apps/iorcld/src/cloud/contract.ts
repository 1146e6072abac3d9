/**
 * What iorcld needs of the cloud, in its own words: a narrow view of Block Storage, Compute, Networking and Identity.
 * Every method throws {@link CloudError}.
 */

export interface CloudCallOptions {
  readonly signal?: AbortSignal;
  /** Sent on as X-OpenStack-Request-ID. */
  readonly requestId?: string | undefined;
}

/** A Cinder attachment (Block Storage API 3.44+). */
export interface CinderAttachment {
  readonly id: string;
  readonly status: string;
  readonly instanceId: string | undefined;
  readonly volumeId: string;
  /** Flat, as the v3 API has it; undefined until a connector was given. Holds storage credentials: never log it. */
  readonly connectionInfo: Readonly<Record<string, unknown>> | undefined;
  /** The wire object, with fields that this version doesn't know. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** An attachment as Cinder's record of its volume has it. */
export interface ConnectedAttachment {
  readonly attachmentId: string;
  readonly volumeId: string;
  readonly instanceId: string | undefined;
}

export interface CinderVolume {
  readonly id: string;
  readonly sizeGiB: number;
  readonly status: string;
  readonly multiattach: boolean;
  readonly encrypted: boolean;
  /** Those of its attachments that have a connector and are completed (`os-complete`), by attachment id. */
  readonly completed: ReadonlyMap<string, CompletedAttachment>;
}

export interface CompletedAttachment {
  readonly instanceId: string | undefined;
  /** The connector's host. */
  readonly host: string;
}

/** A host's storage connector, as os-brick would make it: see Block Storage API v3, "Update an attachment". */
export interface Connector {
  readonly host: string;
  readonly ip: string;
  readonly initiator?: string;
  readonly nqn?: string;
  readonly platform: string;
  readonly os_type: string;
  readonly multipath: boolean;
  readonly do_local_attach: boolean;
  readonly mountpoint?: string;
}

export interface CinderPort {
  attachment(id: string, options?: CloudCallOptions): Promise<CinderAttachment>;
  volume(id: string, options?: CloudCallOptions): Promise<CinderVolume>;
  /** How the volume is encrypted; undefined: it isn't. */
  encryption(volumeId: string, options?: CloudCallOptions): Promise<VolumeEncryption | undefined>;
  /** Attachments of volumes in use whose connector names this host. Asks for all volumes of the cloud that are in use. */
  connectedTo(host: string, options?: CloudCallOptions): Promise<readonly ConnectedAttachment[]>;
  /** Gives the attachment this connector; answers it with connection_info. Doing it again answers the same. */
  connect(id: string, connector: Connector, options?: CloudCallOptions): Promise<CinderAttachment>;
  /** Says that the volume is in use (`os-complete`). */
  complete(id: string, options?: CloudCallOptions): Promise<void>;
  /** Takes Nova's attachment out of Cinder, with a service token: for instances that Nova has no more. */
  deleteAttachment(id: string, options?: CloudCallOptions): Promise<void>;
}

/** See Block Storage API v3, `GET /volumes/{id}/encryption`. */
export interface VolumeEncryption {
  /** Id of the key in OpenStack's key manager. */
  readonly keyId: string;
  /** `luks` (LUKS 1), `luks2`, `plain`. */
  readonly provider: string;
}

export interface Instance {
  readonly id: string;
  readonly name: string;
  /** What Nova is doing with it, for instance `migrating`; undefined: nothing. */
  readonly taskState: string | undefined;
  /** Whether Nova is still building it, so that ports may come. */
  readonly isBuilding: boolean;
  /** Compute host that runs it. */
  readonly host: string | undefined;
  readonly flavorName: string;
  readonly extraSpecs: Readonly<Record<string, string>>;
}

export interface InstancePort {
  readonly id: string;
  readonly networkId: string;
  /** Whether Nova has bound it to a host. */
  readonly bound: boolean;
}

/** A Neutron network with its provider attributes, which are undefined to callers without the right to see them. */
export interface ProviderNetwork {
  readonly id: string;
  readonly name: string;
  readonly type: string | undefined;
  readonly physicalNetwork: string | undefined;
  readonly segmentationId: number | undefined;
}

/** An instance whose flavor says io:enabled, of whatever project. */
export interface IoInstance {
  readonly id: string;
  /** Compute host that runs it. */
  readonly host: string | undefined;
  /** Volumes that Nova attaches or has attached. */
  readonly volumeIds: readonly string[];
}

export interface CloudPort {
  instance(id: string, options?: CloudCallOptions): Promise<Instance>;
  ports(instanceId: string, options?: CloudCallOptions): Promise<readonly InstancePort[]>;
  network(id: string, options?: CloudCallOptions): Promise<ProviderNetwork>;
  /** Volumes that Nova has recorded for the instance: volume id -> Cinder's attachment id. */
  instanceVolumes(instanceId: string, options?: CloudCallOptions): Promise<ReadonlyMap<string, string>>;
  /** All instances whose flavor says io:enabled, known here or not. */
  ioInstances(options?: CloudCallOptions): Promise<readonly IoInstance[]>;
  /** Names of all compute hosts. */
  computeHosts(options?: CloudCallOptions): Promise<readonly string[]>;
  /**
   * Whether our own token still has the role admin. Without it "not found" means nothing: OpenStack answers so for what
   * one may not see.
   */
  seesEverything(options?: CloudCallOptions): Promise<boolean>;
}

/** A Neutron port that reserves addresses for exports. */
export interface ExportPortView {
  readonly id: string;
  readonly networkId: string;
  readonly deviceId: string;
  /** With the prefix lengths of their subnets: `10.0.0.5/24`. */
  readonly addresses: readonly string[];
}

/** What is asked of Neutron for ports of our own. */
export interface NetworkPort {
  exportPorts(
    filter: { readonly deviceOwner: string; readonly deviceId?: string; readonly host?: string },
    options?: CloudCallOptions,
  ): Promise<readonly ExportPortView[]>;
  createExportPort(
    port: {
      readonly networkId: string;
      readonly host: string;
      readonly deviceId: string;
      readonly deviceOwner: string;
    },
    options?: CloudCallOptions,
  ): Promise<ExportPortView>;
  /** Fine where there is none. */
  deletePort(id: string, options?: CloudCallOptions): Promise<void>;
}

/** Whom a token belongs to. */
export interface Caller {
  readonly userId: string;
  readonly userName: string;
  readonly projectName: string | undefined;
  /** Whether the token is for the whole system, not for one project or domain. */
  readonly systemScoped: boolean;
  readonly roles: readonly string[];
}

export interface IdentityPort {
  /** The token's owner; undefined for a token that is not valid (any more). */
  validate(token: string, options?: CloudCallOptions): Promise<Caller | undefined>;
}

/** `unavailable`: not reached, or 5xx, so nothing is known. `not_found`: 404. `refused`: any other answer. */
export type CloudErrorCode = 'unavailable' | 'not_found' | 'refused';

/** The cloud did not do what was asked. */
export class CloudError extends Error {
  override readonly name = 'CloudError';
  readonly code: CloudErrorCode;
  readonly retryable: boolean;

  constructor(code: CloudErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = code === 'unavailable';
  }
}
