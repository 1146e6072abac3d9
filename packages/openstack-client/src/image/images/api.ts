import type { CallOptions, ListOptions } from '../../call-options.ts';
import { Collection } from '../../service/collection.ts';
import type { Listing } from '../../service/listing.ts';
import { listAll } from '../../service/pages.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import { type Awaited, idOf, type WaitOptions, waitUntil } from '../../service/wait.ts';
import type { Image, ImageCreate, ImageFilter, ImageUpdate } from './model.ts';
import { parseImage, writeImage, writeImagePatch } from './wire.ts';

/** Glance has no key around an image, in neither direction. @see https://docs.openstack.org/api-ref/image/v2/#images */
export class ImagesApi {
  readonly #service: ServiceClient;
  readonly #all: Collection<Image>;

  constructor(service: ServiceClient) {
    this.#service = service;
    this.#all = new Collection(service, { path: ['images'], one: 'image', many: 'images', parse: parseImage });
  }

  get(id: string, options?: CallOptions): Promise<Image> {
    return this.#service.request({ method: 'GET', path: ['images', id] }, parseImage, options);
  }

  list(filter: ImageFilter = {}, options?: ListOptions): Listing<Image> {
    const { name, status, visibility, ownerId: owner, tag } = filter;
    const request = { method: 'GET', path: ['images'], query: { name, status, visibility, owner, tag } } as const;
    return listAll(this.#service, request, 'images', parseImage, options);
  }

  /** Makes the record; its data follows by {@link ImagesApi.upload}. */
  create(image: ImageCreate, options?: CallOptions): Promise<Image> {
    return this.#service.request({ method: 'POST', path: ['images'], body: writeImage(image) }, parseImage, options);
  }

  async update(id: string, change: ImageUpdate, options?: CallOptions): Promise<Image> {
    const patch = writeImagePatch(change, await this.get(id, options));
    const headers = { 'content-type': 'application/openstack-images-v2.1-json-patch' };
    return this.#service.request({ method: 'PATCH', path: ['images', id], body: patch, headers }, parseImage, options);
  }

  /** ForbiddenError: it is protected. ConflictError: it is in use. */
  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#all.delete(id, options);
  }

  /**
   * Sends an image's data, of any length, from a stream. Not repeated when it fails: the stream is gone by then. The time
   * limit is an hour, unless you say otherwise.
   *
   * ```ts
   * await cloud.image.images.upload(image.id, createReadStream('disk.raw'));
   * ```
   */
  upload(id: string, data: AsyncIterable<Uint8Array>, options?: CallOptions): Promise<void> {
    const headers = { 'content-type': 'application/octet-stream' };
    const request = { method: 'PUT', path: ['images', id, 'file'], headers, once: true } as const;
    return this.#service.upload(request, data, options);
  }

  /**
   * An image's data as a stream, which fails with an OpenStackError if it breaks. Read it to its end, or `break`. The time
   * limit is an hour, unless you say otherwise.
   */
  async download(id: string, options?: CallOptions): Promise<AsyncIterable<Uint8Array>> {
    const headers = { accept: '*/*' };
    const answer = await this.#service.stream({ method: 'GET', path: ['images', id, 'file'], headers }, options);
    return answer.body;
  }

  /** Waits until an image has a status. ResourceFailedError: its data could not be stored. */
  waitFor(image: string | { readonly id: string }, status: string, options?: WaitOptions): Promise<Image> {
    const id = idOf(image);
    const awaited: Awaited<Image> = {
      what: `image: image ${id} to become ${status}`,
      service: 'image',
      look: (call) => this.get(id, call),
      done: (seen) => seen.status === status,
      failure: (seen) => (seen.status === 'killed' ? 'Glance could not store its data' : undefined),
      describe: (seen) => seen.status,
    };
    return waitUntil(awaited, options);
  }
}
