import type { CallOptions, ListOptions } from '../../call-options.ts';
import type { Listing } from '../../service/listing.ts';
import { listAll } from '../../service/pages.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { Keypair, KeypairCreate, KeypairFilter } from './model.ts';
import { parseKeypair } from './wire.ts';

/** From here on lists have pages, and keys of other users can be asked for. */
const MICROVERSION = '2.35';

/** @see https://docs.openstack.org/api-ref/compute/#keypairs-keypairs */
export class KeypairsApi {
  readonly #service: ServiceClient;

  constructor(service: ServiceClient) {
    this.#service = service;
  }

  get(name: string, options?: CallOptions): Promise<Keypair> {
    return this.#service.request(
      { method: 'GET', path: ['os-keypairs', name], microversion: MICROVERSION },
      (answer) => parseKeypair(answer.object('keypair')),
      options,
    );
  }

  list(filter: KeypairFilter = {}, options?: ListOptions): Listing<Keypair> {
    const query = { user_id: filter.userId };
    const request = { method: 'GET', path: ['os-keypairs'], query, microversion: MICROVERSION } as const;
    return listAll(this.#service, request, 'keypairs', (item) => parseKeypair(item.object('keypair')), options);
  }

  create(keypair: KeypairCreate, options?: CallOptions): Promise<Keypair> {
    const { name, publicKey: public_key, type, userId: user_id } = keypair;
    const body = { keypair: { name, public_key, type, user_id } };
    return this.#service.request(
      { method: 'POST', path: ['os-keypairs'], body, microversion: MICROVERSION },
      (answer) => parseKeypair(answer.object('keypair')),
      options,
    );
  }

  delete(name: string, options?: CallOptions): Promise<void> {
    return this.#service.command(
      { method: 'DELETE', path: ['os-keypairs', name], microversion: MICROVERSION },
      options,
    );
  }
}
