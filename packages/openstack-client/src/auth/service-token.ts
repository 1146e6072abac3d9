import type { AuthMethod } from './auth-method.ts';

/**
 * A user's authentication with a service's token beside it: each request carries the user's token in `X-Auth-Token` and
 * the service's in `X-Service-Token`. Services then let a request through whose user's token has expired in the middle of
 * a long operation, and Cinder lets Nova delete its attachments.
 *
 * ```ts
 * auth: withServiceToken(tokenAuth({ authUrl, token: receivedToken }), passwordAuth({ authUrl, username: 'nova', … }))
 * ```
 *
 * @see https://docs.openstack.org/keystonemiddleware/latest/middlewarearchitecture.html#service-token
 */
export function withServiceToken(user: AuthMethod, service: AuthMethod): AuthMethod {
  return { name: user.name, authUrl: user.authUrl, identify: () => user.identify(), service };
}
