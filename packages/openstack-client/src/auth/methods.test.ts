import { describe, expect, it } from 'vitest';
import { scriptedCloud } from '../../test/scripted-cloud.ts';
import { OpenStackClient } from '../client.ts';
import { ConfigurationError, EndpointNotFoundError, UnscopedTokenError } from '../error/configuration-error.ts';
import { TokenExpiredError, UnauthorizedError } from '../error/http-error.ts';
import { Deadline } from '../http/deadline.ts';
import { Transport } from '../http/transport.ts';
import { applicationCredentialAuth } from './application-credential.ts';
import type { AuthMethod } from './auth-method.ts';
import { findEndpoint } from './catalog.ts';
import { noneAuth } from './none.ts';
import { passwordAuth } from './password.ts';
import { withServiceToken } from './service-token.ts';
import { Session } from './session.ts';
import { tokenAuth } from './token.ts';

const authUrl = 'http://keystone:5000/v3';
const ann = { authUrl, userId: 'u', password: 'pw' };
const identity = { methods: ['password'], password: { user: { id: 'u', password: 'pw' } } };

describe('what Keystone is asked', () => {
  it.each<[string, AuthMethod, object]>([
    ['a project', passwordAuth({ ...ann, projectId: 'p' }), { identity, scope: { project: { id: 'p' } } }],
    ['a domain', passwordAuth({ ...ann, domainId: 'd' }), { identity, scope: { domain: { id: 'd' } } }],
    ['a domain by name', passwordAuth({ ...ann, domainName: 'D' }), { identity, scope: { domain: { name: 'D' } } }],
    ['the system', passwordAuth({ ...ann, systemScope: 'all' }), { identity, scope: { system: { all: true } } }],
    ['a trust', passwordAuth({ ...ann, trustId: 't' }), { identity, scope: { 'OS-TRUST:trust': { id: 't' } } }],
    ['nothing', passwordAuth(ann), { identity }],
    [
      'another project with the same token',
      tokenAuth({ authUrl, token: 'old', projectId: 'p' }),
      { identity: { methods: ['token'], token: { id: 'old' } }, scope: { project: { id: 'p' } } },
    ],
    [
      'an application credential by id',
      applicationCredentialAuth({ authUrl, id: 'c', secret: 's' }),
      { identity: { methods: ['application_credential'], application_credential: { id: 'c', secret: 's' } } },
    ],
    [
      'an application credential by name and user',
      applicationCredentialAuth({ authUrl, name: 'ci', username: 'ann', userDomainName: 'D', secret: 's' }),
      {
        identity: {
          methods: ['application_credential'],
          application_credential: { name: 'ci', user: { name: 'ann', domain: { name: 'D' } }, secret: 's' },
        },
      },
    ],
    [
      'an application credential by name and user id',
      applicationCredentialAuth({ authUrl, name: 'ci', userId: 'u', secret: 's' }),
      {
        identity: {
          methods: ['application_credential'],
          application_credential: { name: 'ci', user: { id: 'u' }, secret: 's' },
        },
      },
    ],
  ])('for %s', async (_, method, auth) => {
    expect(await method.identify()).toMatchObject({ kind: 'authenticate', body: { auth } });
  });

  it('is refused before it is asked when it makes no sense', () => {
    const both = { ...ann, projectId: 'p', systemScope: 'all' } as const;
    expect(() => passwordAuth(both)).toThrow('one of project, domain, system or trust; given are project and system');
    expect(() => applicationCredentialAuth({ authUrl, name: 'ci', secret: 's' })).toThrow(ConfigurationError);
  });
});

describe('a service token', () => {
  it('goes beside the token of the user, and both are renewed when the service refuses them', async () => {
    const cloud = await scriptedCloud((_, index) => (index === 0 ? { status: 401 } : { body: { volumes: [] } }));
    const user = passwordAuth({ ...ann, authUrl: cloud.authUrl, projectId: 'p' });
    const service = passwordAuth({ authUrl: cloud.authUrl, username: 'nova', password: 'pw', projectName: 'service' });
    await cloud.client({ auth: withServiceToken(user, service) }).blockStorage.volumes.list();
    expect(cloud.authentications).toHaveLength(4);
    const [first, second] = cloud.requests.map(({ headers }) => [headers['x-auth-token'], headers['x-service-token']]);
    expect(new Set([...(first ?? []), ...(second ?? [])]).size).toBe(4);
  });
});

describe('no authentication', () => {
  it('sends no token, to the endpoint it was given, for the project it was given', async () => {
    const cloud = await scriptedCloud(() => ({ body: { volumes: [] } }));
    const endpoint = `${cloud.origin}/block-storage/v3/%(project_id)s`;
    const client = cloud.client({ auth: noneAuth({ endpoint, projectId: 'p1' }) });
    await client.blockStorage.volumes.list();
    expect(cloud.requests[0]).toMatchObject({ path: 'block-storage/volumes/detail' });
    expect(cloud.requests[0]?.headers).not.toHaveProperty('x-auth-token');
    await expect(client.token()).rejects.toThrow('There is no token');
  });

  it('needs endpoints', async () => {
    const client = new OpenStackClient({ auth: noneAuth() });
    await expect(client.compute.servers.list()).rejects.toThrow(UnscopedTokenError);
    await expect(client.identity.projects.list()).rejects.toThrow('There is no Keystone to ask');
  });
});

describe('tokens that are of no use', () => {
  it('an unscoped one, which has no catalog', () => {
    const find = (): unknown => findEndpoint([], 'compute', { interface: 'public', region: undefined });
    expect(find).toThrow(UnscopedTokenError);
    expect(find).toThrow(EndpointNotFoundError);
    expect(find).toThrow('is the token scoped to a project?');
  });

  it('one that was given and has expired', async () => {
    let now = Date.now();
    const token = {
      user: { id: 'u', name: 'ann' },
      issued_at: new Date(now).toISOString(),
      expires_at: new Date(now + 60_000).toISOString(),
    };
    const cloud = await scriptedCloud(() => ({ body: { token } }));
    const session = new Session(tokenAuth({ authUrl: cloud.authUrl, token: 'given' }), new Transport(), () => now);
    const ask = (): Promise<unknown> => session.token(new Deadline(5_000, undefined));
    await ask();
    now += 61_000;
    await expect(ask()).rejects.toThrow(TokenExpiredError);
    await expect(ask()).rejects.toThrow(UnauthorizedError);
    await expect(ask()).rejects.toMatchObject({ code: 'token_expired', retryable: false });
  });
});

it('an authentication method of your own may fetch what it needs', async () => {
  const cloud = await scriptedCloud(() => ({ body: { servers: [] } }));
  let passcode = 100;
  const totp: AuthMethod = {
    name: 'totp',
    authUrl: cloud.authUrl,
    async identify() {
      passcode += 1;
      const user = { id: 'u', passcode: String(passcode) };
      return {
        kind: 'authenticate',
        body: { auth: { identity: { methods: ['totp'], totp: { user } } } },
        secrets: [user.passcode],
      };
    },
  };
  expect(await cloud.client({ auth: totp }).compute.servers.list()).toEqual([]);
  expect(cloud.authentications).toMatchObject([{ auth: { identity: { totp: { user: { passcode: '101' } } } } }]);
});
