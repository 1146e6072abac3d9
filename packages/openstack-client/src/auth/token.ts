import type { AuthMethod, AuthScope } from './auth-method.ts';
import { isScoped, scopeOf } from './scope.ts';

export interface TokenAuthOptions extends AuthScope {
  /** Keystone's URL, with or without `/v3`. */
  readonly authUrl: string;
  readonly token: string;
}

/**
 * Authentication by a token that is there already. With a scope it is exchanged for one of that scope (rescoping);
 * without, it is used as it is and ends when it ends: it can't be renewed.
 *
 * @see https://docs.openstack.org/api-ref/identity/v3/#token-authentication-with-scoped-authorization
 */
export function tokenAuth(options: TokenAuthOptions): AuthMethod {
  const rescope = isScoped(options);
  return {
    name: 'token',
    authUrl: options.authUrl,
    identify() {
      const { token } = options;
      if (!rescope) return { kind: 'token', token };
      const identity = { methods: ['token'], token: { id: token } };
      return { kind: 'authenticate', body: { auth: { identity, ...scopeOf(options) } }, secrets: [token] };
    },
  };
}
