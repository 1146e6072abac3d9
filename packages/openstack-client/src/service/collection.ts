import type { CallOptions, ListOptions } from '../call-options.ts';
import type { WireReader } from '../wire/reader.ts';
import type { Listing } from './listing.ts';
import { listAll } from './pages.ts';
import type { ServiceClient, ServiceRequest } from './service-client.ts';

type Query = NonNullable<ServiceRequest['query']>;

export interface CollectionShape<T> {
  /** Of the collection, below the endpoint. */
  readonly path: readonly string[];
  /** Of lists, where that is another one, for instance `servers/detail`. */
  readonly listPath?: readonly string[] | undefined;
  /** Key of one item in answers and bodies, for instance `server`. */
  readonly one: string;
  /** Key of many, for instance `servers`. */
  readonly many: string;
  readonly parse: (item: WireReader) => T;
  readonly microversion?: string | undefined;
}

/** The calls that most resources have, as their services spell them. A resource's api.ts gives them names and types. */
export class Collection<T> {
  readonly #service: ServiceClient;
  readonly #shape: CollectionShape<T>;

  constructor(service: ServiceClient, shape: CollectionShape<T>) {
    this.#service = service;
    this.#shape = shape;
  }

  get(id: string, options?: CallOptions): Promise<T> {
    return this.#one({ method: 'GET', path: [...this.#shape.path, id], ...this.#version() }, options);
  }

  list(query: Query, options?: ListOptions): Listing<T> {
    const { path, listPath, many, parse } = this.#shape;
    const request = { method: 'GET', path: listPath ?? path, query, ...this.#version() } as const;
    return listAll(this.#service, request, many, parse, options);
  }

  /** `POST` with the fields below the item's key. Undefined fields are not sent. */
  create(fields: object, options?: CallOptions): Promise<T> {
    const { path, one } = this.#shape;
    return this.#one({ method: 'POST', path, body: { [one]: fields }, ...this.#version() }, options);
  }

  update(method: 'PUT' | 'PATCH', id: string, fields: object, options?: CallOptions): Promise<T> {
    const { path, one } = this.#shape;
    return this.#one({ method, path: [...path, id], body: { [one]: fields }, ...this.#version() }, options);
  }

  /** `PUT` with the fields at the body's top, where only the answer has the item's key. */
  put(id: string, fields: object, options?: CallOptions): Promise<T> {
    return this.#one({ method: 'PUT', path: [...this.#shape.path, id], body: fields, ...this.#version() }, options);
  }

  delete(id: string, options?: CallOptions): Promise<void> {
    const path = [...this.#shape.path, id];
    return this.#service.command({ method: 'DELETE', path, ...this.#version() }, options);
  }

  #one(request: ServiceRequest, options: CallOptions | undefined): Promise<T> {
    const { one, parse } = this.#shape;
    return this.#service.request(request, (answer) => parse(answer.object(one)), options);
  }

  #version(): { readonly microversion?: string } {
    const { microversion } = this.#shape;
    return microversion === undefined ? {} : { microversion };
  }
}

/** How filters say yes or no. */
export function flag(value: boolean | undefined, yes = 'true', no = 'false'): string | undefined {
  return value === undefined ? undefined : value ? yes : no;
}

/** `all_tenants` of Nova and Cinder. */
export function allTenants(value: boolean | undefined): string | undefined {
  return value === true ? '1' : undefined;
}
