import type { AuthMethod } from './auth-method.ts';

export interface NoneAuthOptions {
  /** URL of every service that `endpointOverrides` doesn't name. */
  readonly endpoint?: string | undefined;
  /** Stands for `%(project_id)s` in endpoints. */
  readonly projectId?: string | undefined;
}

/** No authentication: for services that run without Keystone. Nothing is sent in `X-Auth-Token`. */
export function noneAuth(options: NoneAuthOptions = {}): AuthMethod {
  const { endpoint, projectId } = options;
  return {
    name: 'none',
    authUrl: '',
    identify() {
      const info = {
        ...{ userId: '', userName: '', userDomainId: undefined, userDomainName: undefined },
        ...{ projectId, projectName: undefined, projectDomainId: undefined, projectDomainName: undefined },
        ...{ domainId: undefined, domainName: undefined, systemScoped: false, trustId: undefined },
        ...{ roles: [], methods: [], issuedAt: new Date(0), expiresAt: new Date(8.64e15), raw: {} },
      };
      return { kind: 'none', endpoint, info };
    },
  };
}
