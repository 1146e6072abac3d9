import type { CallOptions } from '../../call-options.ts';
import { listAll } from '../../service/pages.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { Flavor, FlavorCreate } from './model.ts';
import { parseFlavor } from './wire.ts';

/** From here on a flavor's answer holds its extra specs. */
const MICROVERSION = '2.61';

/** @see https://docs.openstack.org/api-ref/compute/#flavors */
export class FlavorsApi {
  readonly #service: ServiceClient;

  constructor(service: ServiceClient) {
    this.#service = service;
  }

  list(options?: CallOptions): Promise<Flavor[]> {
    const request = { method: 'GET', path: ['flavors', 'detail'], microversion: MICROVERSION } as const;
    return listAll(this.#service, request, 'flavors', parseFlavor, options);
  }

  create(flavor: FlavorCreate, options?: CallOptions): Promise<Flavor> {
    const { name, vcpus, ramMiB: ram, diskGiB: disk, id } = flavor;
    return this.#service.request(
      {
        method: 'POST',
        path: ['flavors'],
        microversion: MICROVERSION,
        body: { flavor: { name, vcpus, ram, disk, id } },
      },
      (answer) => parseFlavor(answer.object('flavor')),
      options,
    );
  }

  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#service.command({ method: 'DELETE', path: ['flavors', id], microversion: MICROVERSION }, options);
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
}
