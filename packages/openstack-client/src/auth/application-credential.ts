import { ConfigurationError } from '../error/configuration-error.ts';
import type { AuthMethod } from './auth-method.ts';
import { domainOf } from './scope.ts';

export interface ApplicationCredentialAuthOptions {
  /** Keystone's URL, with or without `/v3`. */
  readonly authUrl: string;
  /** This, or `name` with its user. */
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  /** The user whom the credential `name` belongs to. */
  readonly userId?: string | undefined;
  readonly username?: string | undefined;
  /** Of `username`. Default `Default`, unless `userDomainId` is given. */
  readonly userDomainName?: string | undefined;
  readonly userDomainId?: string | undefined;
  readonly secret: string;
}

/**
 * Authentication by an application credential. Its project was fixed when it was made, so there is no scope.
 *
 * @see https://docs.openstack.org/api-ref/identity/v3/#authenticating-with-an-application-credential
 */
export function applicationCredentialAuth(options: ApplicationCredentialAuthOptions): AuthMethod {
  const { id, name, userId, username } = options;
  if (id === undefined && (name === undefined || (userId === undefined && username === undefined))) {
    throw new ConfigurationError('applicationCredentialAuth needs id, or name with userId or username');
  }
  return {
    name: 'application credential',
    authUrl: options.authUrl,
    identify() {
      const { secret } = options;
      const domain = domainOf(options.userDomainId, options.userDomainName);
      const user = userId === undefined ? { name: username, domain } : { id: userId };
      const credential = id === undefined ? { name, user, secret } : { id, secret };
      const identity = { methods: ['application_credential'], application_credential: credential };
      return { kind: 'authenticate', body: { auth: { identity } }, secrets: [secret] };
    },
  };
}
