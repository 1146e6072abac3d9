import type { CallOptions, ListOptions } from '../../call-options.ts';
import { Collection, flag } from '../../service/collection.ts';
import type { Listing } from '../../service/listing.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { Network, NetworkCreate, NetworkFilter, NetworkUpdate } from './model.ts';
import { parseNetwork, writeNetwork } from './wire.ts';

/** @see https://docs.openstack.org/api-ref/network/v2/#networks */
export class NetworksApi {
  readonly #all: Collection<Network>;

  constructor(service: ServiceClient) {
    this.#all = new Collection(service, { path: ['networks'], one: 'network', many: 'networks', parse: parseNetwork });
  }

  get(id: string, options?: CallOptions): Promise<Network> {
    return this.#all.get(id, options);
  }

  list(filter: NetworkFilter = {}, options?: ListOptions): Listing<Network> {
    const query = {
      name: filter.name,
      project_id: filter.projectId,
      shared: flag(filter.shared),
      'router:external': flag(filter.external),
      'provider:network_type': filter.networkType,
      'provider:physical_network': filter.physicalNetwork,
      'provider:segmentation_id': filter.segmentationId?.toString(),
    };
    return this.#all.list(query, options);
  }

  create(network: NetworkCreate, options?: CallOptions): Promise<Network> {
    return this.#all.create(writeNetwork(network), options);
  }

  update(id: string, change: NetworkUpdate, options?: CallOptions): Promise<Network> {
    return this.#all.update('PUT', id, writeNetwork(change), options);
  }

  /** ConflictError: it still has ports. */
  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#all.delete(id, options);
  }
}
