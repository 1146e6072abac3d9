import type { AuthMethod } from './auth/auth-method.ts';
import type { EndpointInterface } from './auth/catalog.ts';
import type { ServiceType } from './auth/service-type.ts';
import { Session } from './auth/session.ts';
import { BlockStorageService } from './block-storage/service.ts';
import type { CallOptions } from './call-options.ts';
import { ComputeService } from './compute/service.ts';
import { ConfigurationError } from './error/configuration-error.ts';
import type { CallObserver } from './http/call-event.ts';
import { Deadline } from './http/deadline.ts';
import type { ProxyOptions } from './http/proxy.ts';
import type { RetryOptions } from './http/retry.ts';
import type { TlsOptions } from './http/tls-options.ts';
import { Transport } from './http/transport.ts';
import { IdentityService } from './identity/service.ts';
import { ImageService } from './image/service.ts';
import { KeyManagerService } from './key-manager/service.ts';
import { NetworkService } from './network/service.ts';
import type { ServiceContext } from './service/service-client.ts';

export interface OpenStackClientOptions extends TlsOptions {
  /** `passwordAuth(…)`, `applicationCredentialAuth(…)`, `tokenAuth(…)`, `noneAuth(…)`, or your own. */
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
  /** Used only when it is given: no environment variable is read. See `proxyFromEnvironment`. */
  readonly proxy?: ProxyOptions | undefined;
  /** For calls that may be repeated: all but POST and PATCH, and the authentication. `{ attempts: 1 }`: never. */
  readonly retry?: RetryOptions | undefined;
  /** Is told what happens on the wire, for logs and metrics. */
  readonly observe?: CallObserver | undefined;
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
  readonly keyManager: KeyManagerService;
  readonly #context: ServiceContext;

  constructor(options: OpenStackClientOptions) {
    const transport = new Transport(options);
    this.#context = {
      session: new Session(options.auth, transport),
      serviceSession: options.auth.service === undefined ? undefined : new Session(options.auth.service, transport),
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
    this.keyManager = new KeyManagerService(this.#context);
  }

  /** A token of this client's project, cached and renewed before it expires. A secret. */
  async token(options: CallOptions = {}): Promise<string> {
    const deadline = new Deadline(options.timeoutMs ?? this.#context.timeoutMs, options.signal);
    const { value } = await this.#context.session.token(deadline);
    if (value === '') throw new ConfigurationError('There is no token: the client authenticates by none');
    return value;
  }

  /** Closes idle connections. The client may be used on. */
  close(): void {
    this.#context.transport.close();
  }

  /** {@link OpenStackClient.close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
