import type { CallOptions, ListOptions } from '../../call-options.ts';
import { Collection, flag } from '../../service/collection.ts';
import type { Listing } from '../../service/listing.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { User, UserCreate, UserFilter, UserUpdate } from './model.ts';
import { parseUser, writeUser } from './wire.ts';

/** @see https://docs.openstack.org/api-ref/identity/v3/#users */
export class UsersApi {
  readonly #service: ServiceClient;
  readonly #all: Collection<User>;

  constructor(service: ServiceClient) {
    this.#service = service;
    this.#all = new Collection(service, { path: ['users'], one: 'user', many: 'users', parse: parseUser });
  }

  get(id: string, options?: CallOptions): Promise<User> {
    return this.#all.get(id, options);
  }

  list(filter: UserFilter = {}, options?: ListOptions): Listing<User> {
    const { name, domainId: domain_id, enabled } = filter;
    return this.#all.list({ name, domain_id, enabled: flag(enabled) }, options);
  }

  create(user: UserCreate, options?: CallOptions): Promise<User> {
    const secrets = user.password === undefined ? [] : [user.password];
    return this.#service.request(
      { method: 'POST', path: ['users'], body: { user: writeUser(user) }, secrets },
      (answer) => parseUser(answer.object('user')),
      options,
    );
  }

  update(id: string, change: UserUpdate, options?: CallOptions): Promise<User> {
    const secrets = change.password === undefined ? [] : [change.password];
    return this.#service.request(
      { method: 'PATCH', path: ['users', id], body: { user: writeUser(change) }, secrets },
      (answer) => parseUser(answer.object('user')),
      options,
    );
  }

  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#all.delete(id, options);
  }
}
