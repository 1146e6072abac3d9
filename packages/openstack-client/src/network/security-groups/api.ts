import type { CallOptions, ListOptions } from '../../call-options.ts';
import { Collection } from '../../service/collection.ts';
import type { Listing } from '../../service/listing.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { SecurityGroup, SecurityGroupCreate, SecurityGroupFilter } from './model.ts';
import { parseSecurityGroup } from './wire.ts';

/** @see https://docs.openstack.org/api-ref/network/v2/#security-groups-security-groups */
export class SecurityGroupsApi {
  readonly #all: Collection<SecurityGroup>;

  constructor(service: ServiceClient) {
    this.#all = new Collection(service, {
      path: ['security-groups'],
      one: 'security_group',
      many: 'security_groups',
      parse: parseSecurityGroup,
    });
  }

  get(id: string, options?: CallOptions): Promise<SecurityGroup> {
    return this.#all.get(id, options);
  }

  list(filter: SecurityGroupFilter = {}, options?: ListOptions): Listing<SecurityGroup> {
    return this.#all.list({ name: filter.name, project_id: filter.projectId }, options);
  }

  create(group: SecurityGroupCreate, options?: CallOptions): Promise<SecurityGroup> {
    return this.#all.create(group, options);
  }

  update(id: string, change: Partial<SecurityGroupCreate>, options?: CallOptions): Promise<SecurityGroup> {
    return this.#all.update('PUT', id, change, options);
  }

  /** ConflictError: ports use it. */
  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#all.delete(id, options);
  }
}
