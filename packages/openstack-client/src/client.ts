import type { AuthMethod } from './auth/auth-method.ts';
import type { EndpointInterface } from './auth/catalog.ts';
import type { ServiceType } from './auth/service-type.ts';
import { Session } from './auth/session.ts';
import { BlockStorageService } from './block-storage/service.ts';
import type { CallOptions } from './call-options.ts';
import { ComputeService } from './compute/service.ts';
import { Deadline } from './http/deadline.ts';
import { Transport } from './http/transport.ts';
import { IdentityService } from './identity/service.ts';
import { ImageService } from './image/service.ts';
import { NetworkService } from './network/service.ts';
import type { ServiceContext } from './service/service-client.ts';

export interface OpenStackClientOptions {
  /** `passwordAuth(…)` or `tokenAuth(…)`. */
  readonly auth: AuthMethod;
  /** Needed only where the catalog has a service in several regions. */
  readonly region?: string | undefined;
  /** Default `public`. */
  readonly interface?: EndpointInterface | undefined;
  /**
   * URLs instead of the catalog's, for instance `http://127.0.0.1:8876/v3/%(project_id)s` for `block-storage`.
   * `%(project_id)s` is replaced by the token's project; a missing API version is added.
   */
  readonly endpointOverrides?: Readonly<Partial<Record<ServiceType, string>>> | undefined;
  /** For calls that don't say otherwise. Default 30 000. */
  readonly timeoutMs?: number | undefined;
  /** Longest answer that is read. Default 8 MiB. */
  readonly maxAnswerBytes?: number | undefined;
  /** PEM certificates to trust instead of the system's. */
  readonly ca?: string | undefined;
}

/**
 * A client for one cloud, one user and one project. Cheap to make, safe to share; it authenticates at the first call.
 * Every method throws {@link OpenStackError}s only.
 */
export class OpenStackClient {
  readonly identity: IdentityService;
  readonly compute: ComputeService;
  readonly blockStorage: BlockStorageService;
  readonly network: NetworkService;
  readonly image: ImageService;
  readonly #context: ServiceContext;

  constructor(options: OpenStackClientOptions) {
    const transport = new Transport({ maxAnswerBytes: options.maxAnswerBytes, ca: options.ca });
    this.#context = {
      session: new Session(options.auth, transport),
      transport,
      region: options.region,
      interface: options.interface ?? 'public',
      endpointOverrides: options.endpointOverrides ?? {},
      timeoutMs: options.timeoutMs ?? 30_000,
    };
    this.identity = new IdentityService(this.#context);
    this.compute = new ComputeService(this.#context);
    this.blockStorage = new BlockStorageService(this.#context);
    this.network = new NetworkService(this.#context);
    this.image = new ImageService(this.#context);
  }

  /** A token of this client's project, cached and renewed before it expires. A secret. */
  async token(options: CallOptions = {}): Promise<string> {
    const deadline = new Deadline(options.timeoutMs ?? this.#context.timeoutMs, options.signal);
    return (await this.#context.session.token(deadline)).value;
  }

  /** Closes idle connections. The client may be used on. */
  close(): void {
    this.#context.transport.close();
  }
}
