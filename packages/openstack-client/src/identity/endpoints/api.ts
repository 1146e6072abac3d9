import type { CallOptions, ListOptions } from '../../call-options.ts';
import { Collection } from '../../service/collection.ts';
import type { Listing } from '../../service/listing.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { Endpoint, EndpointCreate, EndpointFilter } from './model.ts';
import { parseEndpoint, writeEndpoint } from './wire.ts';

/** Where the catalog's services are. */
export class EndpointsApi {
  readonly #all: Collection<Endpoint>;

  constructor(service: ServiceClient) {
    const shape = { path: ['endpoints'], one: 'endpoint', many: 'endpoints', parse: parseEndpoint };
    this.#all = new Collection(service, shape);
  }

  get(id: string, options?: CallOptions): Promise<Endpoint> {
    return this.#all.get(id, options);
  }

  list(filter: EndpointFilter = {}, options?: ListOptions): Listing<Endpoint> {
    const { serviceId: service_id, region: region_id } = filter;
    return this.#all.list({ service_id, region_id, interface: filter.interface }, options);
  }

  create(endpoint: EndpointCreate, options?: CallOptions): Promise<Endpoint> {
    return this.#all.create(writeEndpoint(endpoint), options);
  }

  update(id: string, change: Partial<EndpointCreate>, options?: CallOptions): Promise<Endpoint> {
    return this.#all.update('PATCH', id, writeEndpoint(change), options);
  }

  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#all.delete(id, options);
  }
}
