import type { CallOptions, ListOptions } from '../../call-options.ts';
import { Collection } from '../../service/collection.ts';
import type { Listing } from '../../service/listing.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { ApplicationCredential, ApplicationCredentialCreate, ApplicationCredentialFilter } from './model.ts';
import { parseApplicationCredential, writeApplicationCredential } from './wire.ts';

/** Application credentials of a user. Only the user may make them, with a token of the project that they are for. */
export class ApplicationCredentialsApi {
  readonly #service: ServiceClient;

  constructor(service: ServiceClient) {
    this.#service = service;
  }

  get(userId: string, id: string, options?: CallOptions): Promise<ApplicationCredential> {
    return this.#of(userId).get(id, options);
  }

  list(
    userId: string,
    filter: ApplicationCredentialFilter = {},
    options?: ListOptions,
  ): Listing<ApplicationCredential> {
    return this.#of(userId).list({ name: filter.name }, options);
  }

  /** The secret is told this one time. */
  create(
    userId: string,
    credential: ApplicationCredentialCreate,
    options?: CallOptions,
  ): Promise<{ readonly credential: ApplicationCredential; readonly secret: string }> {
    return this.#service.request(
      {
        method: 'POST',
        path: ['users', userId, 'application_credentials'],
        body: { application_credential: writeApplicationCredential(credential) },
        secrets: credential.secret === undefined ? [] : [credential.secret],
      },
      (answer) => {
        const made = answer.object('application_credential');
        return { credential: parseApplicationCredential(made), secret: made.string('secret') };
      },
      options,
    );
  }

  delete(userId: string, id: string, options?: CallOptions): Promise<void> {
    return this.#of(userId).delete(id, options);
  }

  #of(userId: string): Collection<ApplicationCredential> {
    return new Collection(this.#service, {
      path: ['users', userId, 'application_credentials'],
      one: 'application_credential',
      many: 'application_credentials',
      parse: parseApplicationCredential,
    });
  }
}
