import type { CallOptions, ListOptions } from '../../call-options.ts';
import { Collection } from '../../service/collection.ts';
import type { Listing } from '../../service/listing.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { Port, PortCreate, PortFilter, PortUpdate } from './model.ts';
import { parsePort, writePort, writePortUpdate } from './wire.ts';

/** @see https://docs.openstack.org/api-ref/network/v2/#ports */
export class PortsApi {
  readonly #all: Collection<Port>;

  constructor(service: ServiceClient) {
    this.#all = new Collection(service, { path: ['ports'], one: 'port', many: 'ports', parse: parsePort });
  }

  get(id: string, options?: CallOptions): Promise<Port> {
    return this.#all.get(id, options);
  }

  list(filter: PortFilter = {}, options?: ListOptions): Listing<Port> {
    const query = {
      name: filter.name,
      device_id: filter.deviceId,
      device_owner: filter.deviceOwner,
      network_id: filter.networkId,
      mac_address: filter.macAddress,
      status: filter.status,
      project_id: filter.projectId,
      'binding:host_id': filter.hostId,
    };
    return this.#all.list(query, options);
  }

  create(port: PortCreate, options?: CallOptions): Promise<Port> {
    return this.#all.create(writePort(port), options);
  }

  update(id: string, change: PortUpdate, options?: CallOptions): Promise<Port> {
    return this.#all.update('PUT', id, writePortUpdate(change), options);
  }

  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#all.delete(id, options);
  }
}
