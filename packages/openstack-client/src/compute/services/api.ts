import type { CallOptions } from '../../call-options.ts';
import { Collection } from '../../service/collection.ts';
import type { Listing } from '../../service/listing.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { ComputeServiceEntry, ComputeServiceFilter, ComputeServiceUpdate } from './model.ts';
import { parseComputeService } from './wire.ts';

/** From here on ids are UUIDs, and one call changes everything. */
const MICROVERSION = '2.53';

/** Only admins may. @see https://docs.openstack.org/api-ref/compute/#compute-services-os-services */
export class ComputeServicesApi {
  readonly #all: Collection<ComputeServiceEntry>;

  constructor(service: ServiceClient) {
    this.#all = new Collection(service, {
      path: ['os-services'],
      one: 'service',
      many: 'services',
      parse: parseComputeService,
      microversion: MICROVERSION,
    });
  }

  list(filter: ComputeServiceFilter = {}, options?: CallOptions): Listing<ComputeServiceEntry> {
    return this.#all.list({ host: filter.host, binary: filter.binary }, options);
  }

  update(id: string, change: ComputeServiceUpdate, options?: CallOptions): Promise<ComputeServiceEntry> {
    // The item's key is in the answer only: the request has the fields at its top.
    return this.#all.put(id, writeUpdate(change), options);
  }

  /** Of a compute host that is gone for good. ConflictError: it still has servers. */
  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#all.delete(id, options);
  }
}

function writeUpdate({
  status,
  disabledReason: disabled_reason,
  forcedDown: forced_down,
}: ComputeServiceUpdate): object {
  return { status, disabled_reason, forced_down };
}
