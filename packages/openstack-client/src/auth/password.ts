import { ConfigurationError } from '../error/configuration-error.ts';
import type { AuthMethod, AuthScope } from './auth-method.ts';
import { domainOf, scopeOf } from './scope.ts';

export interface PasswordAuthOptions extends AuthScope {
  /** Keystone's URL, with or without `/v3`. */
  readonly authUrl: string;
  /** This, or `userId`. */
  readonly username?: string | undefined;
  readonly userId?: string | undefined;
  readonly password: string;
  /** Of `username`. Default `Default`, unless `userDomainId` is given. */
  readonly userDomainName?: string | undefined;
  readonly userDomainId?: string | undefined;
}

/**
 * Authentication by user and password, for a project, a domain, the system, or by a trust.
 *
 * @see https://docs.openstack.org/api-ref/identity/v3/#password-authentication-with-scoped-authorization
 */
export function passwordAuth(options: PasswordAuthOptions): AuthMethod {
  if (options.userId === undefined && options.username === undefined) {
    throw new ConfigurationError('passwordAuth needs username (with userDomainName or userDomainId) or userId');
  }
  scopeOf(options);
  return {
    name: 'password',
    authUrl: options.authUrl,
    identify() {
      const { userId, username, password } = options;
      const user =
        userId === undefined
          ? { name: username, domain: domainOf(options.userDomainId, options.userDomainName), password }
          : { id: userId, password };
      const identity = { methods: ['password'], password: { user } };
      return { kind: 'authenticate', body: { auth: { identity, ...scopeOf(options) } }, secrets: [password] };
    },
  };
}
