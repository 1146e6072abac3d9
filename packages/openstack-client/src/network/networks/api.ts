import type { CallOptions } from '../../call-options.ts';
import { listAll } from '../../service/pages.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { Network } from './model.ts';
import { parseNetwork } from './wire.ts';

/** @see https://docs.openstack.org/api-ref/network/v2/#networks */
export class NetworksApi {
  readonly #service: ServiceClient;

  constructor(service: ServiceClient) {
    this.#service = service;
  }

  get(id: string, options?: CallOptions): Promise<Network> {
    return this.#service.request(
      { method: 'GET', path: ['networks', id] },
      (answer) => parseNetwork(answer.object('network')),
      options,
    );
  }

  list(filter: { readonly name?: string | undefined } = {}, options?: CallOptions): Promise<Network[]> {
    const request = { method: 'GET', path: ['networks'], query: { name: filter.name } } as const;
    return listAll(this.#service, request, 'networks', parseNetwork, options);
  }
}
