import type { CallOptions } from '../../call-options.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { Image } from './model.ts';
import { parseImage } from './wire.ts';

/** @see https://docs.openstack.org/api-ref/image/v2/#images */
export class ImagesApi {
  readonly #service: ServiceClient;

  constructor(service: ServiceClient) {
    this.#service = service;
  }

  /** The first page: as many as Glance gives at once, 25 by default. */
  list(filter: { readonly name?: string | undefined } = {}, options?: CallOptions): Promise<Image[]> {
    return this.#service.request(
      { method: 'GET', path: ['images'], query: { name: filter.name } },
      (answer) => answer.list('images', parseImage),
      options,
    );
  }
}
