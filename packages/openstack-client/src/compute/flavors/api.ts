import type { CallOptions, ListOptions } from '../../call-options.ts';
import { Collection } from '../../service/collection.ts';
import type { Listing } from '../../service/listing.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { Flavor, FlavorCreate, FlavorFilter } from './model.ts';
import { parseFlavor, writeFlavor } from './wire.ts';

/** From here on a flavor's answer holds its extra specs. */
const MICROVERSION = '2.61';

/** @see https://docs.openstack.org/api-ref/compute/#flavors */
export class FlavorsApi {
  readonly #service: ServiceClient;
  readonly #all: Collection<Flavor>;

  constructor(service: ServiceClient) {
    this.#service = service;
    this.#all = new Collection(service, {
      path: ['flavors'],
      listPath: ['flavors', 'detail'],
      one: 'flavor',
      many: 'flavors',
      parse: parseFlavor,
      microversion: MICROVERSION,
    });
  }

  get(id: string, options?: CallOptions): Promise<Flavor> {
    return this.#all.get(id, options);
  }

  list({ isPublic, minDiskGiB, minRamMiB }: FlavorFilter = {}, options?: ListOptions): Listing<Flavor> {
    const query = {
      is_public: isPublic === undefined ? undefined : String(isPublic),
      minDisk: minDiskGiB?.toString(),
      minRam: minRamMiB?.toString(),
    };
    return this.#all.list(query, options);
  }

  create(flavor: FlavorCreate, options?: CallOptions): Promise<Flavor> {
    return this.#all.create(writeFlavor(flavor), options);
  }

  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#all.delete(id, options);
  }

  extraSpecs(id: string, options?: CallOptions): Promise<Readonly<Record<string, string>>> {
    return this.#service.request(
      { method: 'GET', path: ['flavors', id, 'os-extra_specs'], microversion: MICROVERSION },
      (answer) => answer.stringRecord('extra_specs'),
      options,
    );
  }

  /** Adds or replaces extra specs; others stay. Servers that exist keep the ones they were built with. */
  setExtraSpecs(id: string, extraSpecs: Readonly<Record<string, string>>, options?: CallOptions): Promise<void> {
    return this.#service.command(
      {
        method: 'POST',
        path: ['flavors', id, 'os-extra_specs'],
        microversion: MICROVERSION,
        body: { extra_specs: extraSpecs },
      },
      options,
    );
  }

  /** NotFoundError: the flavor doesn't have it. */
  deleteExtraSpec(id: string, key: string, options?: CallOptions): Promise<void> {
    const path = ['flavors', id, 'os-extra_specs', key];
    return this.#service.command({ method: 'DELETE', path, microversion: MICROVERSION }, options);
  }
}
