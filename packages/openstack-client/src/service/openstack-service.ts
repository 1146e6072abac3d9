import { type ServiceType, versionSegment } from '../auth/service-type.ts';
import type { CallOptions } from '../call-options.ts';
import { type ApiVersion, discoverVersion, isWithin } from './api-version.ts';
import { ServiceClient, type ServiceContext } from './service-client.ts';
import type { ServiceRequest } from './service-request.ts';

/** What every service has. */
export abstract class OpenStackService {
  protected readonly client: ServiceClient;
  #version: Promise<ApiVersion> | undefined;

  constructor(type: ServiceType, context: ServiceContext) {
    this.client = new ServiceClient(type, context);
  }

  /** The version of the service's API that this client uses, with its microversions. Asked for once. */
  apiVersion(options?: CallOptions): Promise<ApiVersion> {
    this.#version ??= discoverVersion(this.client, versionSegment(this.client.type), options).catch(
      (error: unknown) => {
        this.#version = undefined;
        throw error;
      },
    );
    return this.#version;
  }

  /**
   * A call that this library has no method for, with all that its own calls have: endpoint, token, repeats, deadline, errors.
   * Answers the body as it came, which nobody has checked; undefined: there was none.
   *
   * ```ts
   * const answer = await cloud.network.request({ method: 'GET', path: ['routers'], query: { name: 'edge' } });
   * ```
   */
  request(request: ServiceRequest, options?: CallOptions): Promise<unknown> {
    const strict = request.microversion === undefined ? {} : { strictMicroversion: true };
    return this.client.json({ ...strict, ...request }, options);
  }

  /** Whether the service has a microversion, for instance `2.73`; false for services without microversions. */
  async supports(microversion: string, options?: CallOptions): Promise<boolean> {
    return isWithin(microversion, await this.apiVersion(options));
  }
}
