import { type ServiceType, versionSegment } from '../auth/service-type.ts';
import type { CallOptions } from '../call-options.ts';
import { type ApiVersion, discoverVersion, isWithin } from './api-version.ts';
import { ServiceClient, type ServiceContext } from './service-client.ts';

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

  /** Whether the service has a microversion, for instance `2.73`; false for services without microversions. */
  async supports(microversion: string, options?: CallOptions): Promise<boolean> {
    return isWithin(microversion, await this.apiVersion(options));
  }
}
