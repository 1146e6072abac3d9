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

export interface CinderVolume {
  readonly id: string;
  readonly sizeGiB: number;
  readonly status: string;
  readonly multiattach: boolean;
  readonly encrypted: boolean;
  /** Attachment id -> the connector's host, of those attachments that are completed. */
  readonly attachedHosts: ReadonlyMap<string, string>;
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
  /** Gives the attachment this connector; answers it with connection_info. Doing it again answers the same. */
  connect(id: string, connector: Connector, options?: CloudCallOptions): Promise<CinderAttachment>;
}

export interface Instance {
  readonly id: string;
  readonly name: string;
  readonly flavorName: string;
  readonly extraSpecs: Readonly<Record<string, string>>;
}

export interface InstancePort {
  readonly id: string;
  readonly networkId: string;
}

/** A Neutron network with its provider attributes, which are undefined to callers without the right to see them. */
export interface ProviderNetwork {
  readonly id: string;
  readonly name: string;
  readonly type: string | undefined;
  readonly physicalNetwork: string | undefined;
  readonly segmentationId: number | undefined;
}

export interface CloudPort {
  instance(id: string, options?: CloudCallOptions): Promise<Instance>;
  ports(instanceId: string, options?: CloudCallOptions): Promise<readonly InstancePort[]>;
  network(id: string, options?: CloudCallOptions): Promise<ProviderNetwork>;
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
