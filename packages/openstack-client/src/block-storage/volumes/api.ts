import type { CallOptions } from '../../call-options.ts';
import { listAll } from '../../service/pages.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { Volume, VolumeCreate } from './model.ts';
import { parseVolume } from './wire.ts';

/** @see https://docs.openstack.org/api-ref/block-storage/v3/#volumes-volumes */
export class VolumesApi {
  readonly #service: ServiceClient;

  constructor(service: ServiceClient) {
    this.#service = service;
  }

  get(id: string, options?: CallOptions): Promise<Volume> {
    return this.#service.request(
      { method: 'GET', path: ['volumes', id] },
      (answer) => parseVolume(answer.object('volume')),
      options,
    );
  }

  list(
    filter: { readonly allProjects?: boolean | undefined; readonly name?: string | undefined } = {},
    options?: CallOptions,
  ): Promise<Volume[]> {
    const query = { all_tenants: filter.allProjects === true ? '1' : undefined, name: filter.name };
    return listAll(
      this.#service,
      { method: 'GET', path: ['volumes', 'detail'], query },
      'volumes',
      parseVolume,
      options,
    );
  }

  /** Answers while the volume is still `creating`. */
  create(volume: VolumeCreate, options?: CallOptions): Promise<Volume> {
    const { sizeGiB: size, name, volumeType: volume_type, metadata } = volume;
    return this.#service.request(
      { method: 'POST', path: ['volumes'], body: { volume: { size, name, volume_type, metadata } } },
      (answer) => parseVolume(answer.object('volume')),
      options,
    );
  }

  /** Answers while the volume is still `deleting`. */
  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#service.command({ method: 'DELETE', path: ['volumes', id] }, options);
  }
}
