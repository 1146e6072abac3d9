import type { CallOptions } from '../../call-options.ts';
import { listAll } from '../../service/pages.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { Port, PortFilter } from './model.ts';
import { parsePort } from './wire.ts';

/** @see https://docs.openstack.org/api-ref/network/v2/#ports */
export class PortsApi {
  readonly #service: ServiceClient;

  constructor(service: ServiceClient) {
    this.#service = service;
  }

  get(id: string, options?: CallOptions): Promise<Port> {
    return this.#service.request(
      { method: 'GET', path: ['ports', id] },
      (answer) => parsePort(answer.object('port')),
      options,
    );
  }

  list(filter: PortFilter = {}, options?: CallOptions): Promise<Port[]> {
    const query = { device_id: filter.deviceId, network_id: filter.networkId };
    return listAll(this.#service, { method: 'GET', path: ['ports'], query }, 'ports', parsePort, options);
  }
}
