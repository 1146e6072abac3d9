import type { CallOptions, ListOptions } from '../../call-options.ts';
import { Collection } from '../../service/collection.ts';
import type { Listing } from '../../service/listing.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { IdentityServiceCreate, IdentityServiceEntry, IdentityServiceFilter } from './model.ts';
import { parseServiceEntry } from './wire.ts';

/** The services that the catalog is made of. */
export class IdentityServicesApi {
  readonly #all: Collection<IdentityServiceEntry>;

  constructor(service: ServiceClient) {
    const shape = { path: ['services'], one: 'service', many: 'services', parse: parseServiceEntry };
    this.#all = new Collection(service, shape);
  }

  get(id: string, options?: CallOptions): Promise<IdentityServiceEntry> {
    return this.#all.get(id, options);
  }

  list(filter: IdentityServiceFilter = {}, options?: ListOptions): Listing<IdentityServiceEntry> {
    return this.#all.list({ type: filter.type, name: filter.name }, options);
  }

  create(service: IdentityServiceCreate, options?: CallOptions): Promise<IdentityServiceEntry> {
    return this.#all.create(service, options);
  }

  update(id: string, change: Partial<IdentityServiceCreate>, options?: CallOptions): Promise<IdentityServiceEntry> {
    return this.#all.update('PATCH', id, change, options);
  }

  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#all.delete(id, options);
  }
}
