import type { CallOptions, ListOptions } from '../../call-options.ts';
import { Collection } from '../../service/collection.ts';
import type { Listing } from '../../service/listing.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { Subnet, SubnetCreate, SubnetFilter, SubnetUpdate } from './model.ts';
import { parseSubnet, writeSubnet, writeSubnetUpdate } from './wire.ts';

/** @see https://docs.openstack.org/api-ref/network/v2/#subnets */
export class SubnetsApi {
  readonly #all: Collection<Subnet>;

  constructor(service: ServiceClient) {
    this.#all = new Collection(service, { path: ['subnets'], one: 'subnet', many: 'subnets', parse: parseSubnet });
  }

  get(id: string, options?: CallOptions): Promise<Subnet> {
    return this.#all.get(id, options);
  }

  list(filter: SubnetFilter = {}, options?: ListOptions): Listing<Subnet> {
    const { name, networkId: network_id, cidr, ipVersion } = filter;
    return this.#all.list({ name, network_id, cidr, ip_version: ipVersion?.toString() }, options);
  }

  create(subnet: SubnetCreate, options?: CallOptions): Promise<Subnet> {
    return this.#all.create(writeSubnet(subnet), options);
  }

  update(id: string, change: SubnetUpdate, options?: CallOptions): Promise<Subnet> {
    return this.#all.update('PUT', id, writeSubnetUpdate(change), options);
  }

  /** ConflictError: a port still has an address of it. */
  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#all.delete(id, options);
  }
}
