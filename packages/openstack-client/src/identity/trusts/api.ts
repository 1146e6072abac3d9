import type { CallOptions, ListOptions } from '../../call-options.ts';
import { Collection } from '../../service/collection.ts';
import type { Listing } from '../../service/listing.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { Trust, TrustCreate, TrustFilter } from './model.ts';
import { parseTrust, writeTrust } from './wire.ts';

/** @see https://docs.openstack.org/api-ref/identity/v3-ext/#os-trust-api */
export class TrustsApi {
  readonly #all: Collection<Trust>;

  constructor(service: ServiceClient) {
    const shape = { path: ['OS-TRUST', 'trusts'], one: 'trust', many: 'trusts', parse: parseTrust };
    this.#all = new Collection(service, shape);
  }

  get(id: string, options?: CallOptions): Promise<Trust> {
    return this.#all.get(id, options);
  }

  list(filter: TrustFilter = {}, options?: ListOptions): Listing<Trust> {
    const query = { trustor_user_id: filter.trustorUserId, trustee_user_id: filter.trusteeUserId };
    return this.#all.list(query, options);
  }

  create(trust: TrustCreate, options?: CallOptions): Promise<Trust> {
    return this.#all.create(writeTrust(trust), options);
  }

  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#all.delete(id, options);
  }
}
