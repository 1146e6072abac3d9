import type { CallOptions, ListOptions } from '../../call-options.ts';
import { Collection } from '../../service/collection.ts';
import type { Listing } from '../../service/listing.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { Role, RoleCreate, RoleFilter } from './model.ts';
import { parseRole } from './wire.ts';

/** @see https://docs.openstack.org/api-ref/identity/v3/#roles */
export class RolesApi {
  readonly #all: Collection<Role>;

  constructor(service: ServiceClient) {
    this.#all = new Collection(service, { path: ['roles'], one: 'role', many: 'roles', parse: parseRole });
  }

  get(id: string, options?: CallOptions): Promise<Role> {
    return this.#all.get(id, options);
  }

  list(filter: RoleFilter = {}, options?: ListOptions): Listing<Role> {
    return this.#all.list({ name: filter.name, domain_id: filter.domainId }, options);
  }

  create(role: RoleCreate, options?: CallOptions): Promise<Role> {
    const { name, description, domainId: domain_id } = role;
    return this.#all.create({ name, description, domain_id }, options);
  }

  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#all.delete(id, options);
  }
}
