import type { CallOptions, ListOptions, SinceOptions } from '../../call-options.ts';
import type { Listing } from '../../service/listing.ts';
import { microversionOf } from '../../service/microversion.ts';
import { listAll } from '../../service/pages.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { WireReader } from '../../wire/reader.ts';
import type { CountedHypervisor, Hypervisor, HypervisorMicroversion, HypervisorsByMicroversion } from './model.ts';
import { HYPERVISOR_PARSERS } from './wire.ts';

/** From here on ids are UUIDs. */
const BASE = '2.53';

/** Only admins may. @see https://docs.openstack.org/api-ref/compute/#hypervisors-os-hypervisors */
export class HypervisorsApi {
  readonly #service: ServiceClient;

  constructor(service: ServiceClient) {
    this.#service = service;
  }

  get(id: string, options?: CallOptions): Promise<CountedHypervisor>;
  get<M extends HypervisorMicroversion>(
    id: string,
    options: CallOptions & SinceOptions<M>,
  ): Promise<HypervisorsByMicroversion[M]>;
  get(id: string, options: CallOptions & Partial<SinceOptions<HypervisorMicroversion>> = {}): Promise<Hypervisor> {
    const parse = HYPERVISOR_PARSERS[options.since ?? BASE];
    return this.#service.request<Hypervisor>(
      { method: 'GET', path: ['os-hypervisors', id], ...microversionOf(BASE, options.since) },
      (answer) => parse(answer.object('hypervisor')),
      options,
    );
  }

  list(options?: ListOptions): Listing<CountedHypervisor>;
  list<M extends HypervisorMicroversion>(options: ListOptions & SinceOptions<M>): Listing<HypervisorsByMicroversion[M]>;
  list({ since, ...options }: ListOptions & Partial<SinceOptions<HypervisorMicroversion>> = {}): Listing<Hypervisor> {
    const parse: (item: WireReader) => Hypervisor = HYPERVISOR_PARSERS[since ?? BASE];
    const request = { method: 'GET', path: ['os-hypervisors', 'detail'], ...microversionOf(BASE, since) } as const;
    return listAll(this.#service, request, 'hypervisors', parse, options);
  }
}
