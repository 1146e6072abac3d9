import type { CallOptions } from '../../call-options.ts';
import type { Listing } from '../../service/listing.ts';
import { listAll } from '../../service/pages.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { BlockStorageServiceEntry, BlockStorageServiceFilter } from './model.ts';
import { parseBlockStorageService } from './wire.ts';

/** Only admins may. @see https://docs.openstack.org/api-ref/block-storage/v3/#services-os-services */
export class BlockStorageServicesApi {
  readonly #service: ServiceClient;

  constructor(service: ServiceClient) {
    this.#service = service;
  }

  list(filter: BlockStorageServiceFilter = {}, options?: CallOptions): Listing<BlockStorageServiceEntry> {
    const query = { host: filter.host, binary: filter.binary };
    const request = { method: 'GET', path: ['os-services'], query } as const;
    return listAll(this.#service, request, 'services', parseBlockStorageService, options);
  }

  enable(host: string, binary: string, options?: CallOptions): Promise<void> {
    return this.#service.command({ method: 'PUT', path: ['os-services', 'enable'], body: { host, binary } }, options);
  }

  /** The scheduler puts no new volumes there. */
  disable(host: string, binary: string, reason: string, options?: CallOptions): Promise<void> {
    const body = { host, binary, disabled_reason: reason };
    return this.#service.command({ method: 'PUT', path: ['os-services', 'disable-log-reason'], body }, options);
  }
}
