import { expect, it } from 'vitest';
import { Session } from '../src/auth/session.ts';
import { Deadline } from '../src/http/deadline.ts';
import { Transport } from '../src/http/transport.ts';
import {
  ConfigurationError,
  EndpointNotFoundError,
  ForbiddenError,
  NotFoundError,
  OpenStackClient,
  passwordAuth,
  tokenAuth,
  UnauthorizedError,
} from '../src/index.ts';
import type { FakeCloud } from '../src/testing/index.ts';
import { rogueServer } from './rogue-server.ts';
import { clientOf, temporaryCloud } from './temporary-cloud.ts';

function authentications(cloud: FakeCloud): number {
  return cloud.requests('identity').filter(({ method }) => method === 'POST').length;
}

it('a token is asked for once and used for all services', async () => {
  const cloud = await temporaryCloud();
  const client = clientOf(cloud.credentials.service);
  expect(authentications(cloud)).toBe(0);
  await client.compute.servers.list({ allProjects: true });
  await client.blockStorage.volumes.list();
  await client.network.networks.list();
  expect(await client.token()).toBe(await client.token());
  expect(authentications(cloud)).toBe(1);
});

it.each<[kind: string, end: (cloud: FakeCloud) => void]>([
  ['a revoked token', (cloud) => cloud.revokeTokens()],
  ['a token that is expired', (cloud) => cloud.clock.advance(2 * 3_600_000)],
])('100 parallel calls with %s cause one authentication, and all succeed', async (_, end) => {
  const cloud = await temporaryCloud();
  const client = clientOf(cloud.credentials.service);
  await client.token();
  end(cloud);
  cloud.forgetRequests();
  await Promise.all(Array.from({ length: 100 }, () => client.compute.flavors.list()));
  expect(authentications(cloud)).toBe(1);
});

it('a service that refuses every token is asked twice, then the call fails', async () => {
  const cloud = await temporaryCloud();
  let asked = 0;
  const compute = await rogueServer((_, response) => {
    asked += 1;
    response.writeHead(401, { 'content-type': 'application/json' });
    response.end('{"error": {"message": "The request you have made requires authentication."}}');
  });
  const client = clientOf(cloud.credentials.service, { endpointOverrides: { compute } });
  await expect(client.compute.servers.list()).rejects.toThrow(UnauthorizedError);
  expect(asked).toBe(2);
  expect(authentications(cloud)).toBe(2);
});

it('a wrong password is an UnauthorizedError of the identity service', async () => {
  const cloud = await temporaryCloud();
  const client = clientOf({ ...cloud.credentials.admin, authUrl: cloud.authUrl, password: 'not the password' });
  await expect(client.token()).rejects.toMatchObject({ code: 'unauthorized', status: 401, service: 'identity' });
});

it('a token is renewed before it expires, and Keystone may be away for a while by then', async () => {
  const cloud = await temporaryCloud({ tokenLifetimeMs: 1_000_000 });
  let now = 5_000_000;
  const session = new Session(passwordAuth(cloud.credentials.admin), new Transport(), () => now);
  const token = async (): Promise<string> => (await session.token(new Deadline(5_000, undefined))).value;
  const first = await token();
  now += 899_000;
  expect(await token()).toBe(first);
  // From a tenth of its life before its end on (100 s of the 1000 s).
  now += 2_000;
  await cloud.outage('identity', 'refused');
  expect(await token()).toBe(first);
  await cloud.outage('identity', false);
  const second = await token();
  expect(second).not.toBe(first);
  // Expired, and Keystone away: nothing to go on with.
  now += 2_000_000;
  await cloud.outage('identity', true);
  await expect(token()).rejects.toMatchObject({ code: 'service_unavailable' });
});

it('the caller who started an authentication may leave; the others still get their token', async () => {
  const cloud = await temporaryCloud();
  const client = clientOf(cloud.credentials.admin);
  const controller = new AbortController();
  const leaver = client.token({ signal: controller.signal });
  const stayer = client.token();
  controller.abort();
  await expect(leaver).rejects.toMatchObject({ code: 'aborted' });
  expect(await stayer).toMatch(/^gAAAAA/);
  expect(authentications(cloud)).toBe(1);
});

it('a token is exchanged for one of another project, or used as it is', async () => {
  const cloud = await temporaryCloud();
  cloud.addUser({ name: 'admin', project: 'other', roles: ['reader'] });
  const { authUrl } = cloud;
  const token = await clientOf(cloud.credentials.admin).token();

  const rescoped = new OpenStackClient({ auth: tokenAuth({ authUrl, token, projectName: 'other' }) });
  const info = await rescoped.identity.validateToken(await rescoped.token());
  expect(info).toMatchObject({ userName: 'admin', projectName: 'other', roles: ['reader'] });

  const same = new OpenStackClient({ auth: tokenAuth({ authUrl, token }) });
  expect(await same.token()).toBe(token);
  expect(await same.compute.flavors.list()).toEqual([]);

  cloud.revokeTokens();
  const late = new OpenStackClient({ auth: tokenAuth({ authUrl, token }) });
  await expect(late.token()).rejects.toThrow(UnauthorizedError);
  for (const client of [rescoped, same, late]) client.close();
});

it('a service can tell whose token it received', async () => {
  const cloud = await temporaryCloud({ tokenLifetimeMs: 600_000 });
  const service = clientOf(cloud.credentials.service);
  const user = clientOf(cloud.credentials.demo('tenant-a'));
  const token = await user.token();
  const info = await service.identity.validateToken(token);
  expect(info).toMatchObject({ userName: 'tenant-a-user', projectName: 'tenant-a', roles: ['reader', 'member'] });
  expect(info.expiresAt.getTime() - info.issuedAt.getTime()).toBe(600_000);

  await expect(service.identity.validateToken('no such token')).rejects.toThrow(NotFoundError);
  await expect(user.identity.validateToken(await service.token())).rejects.toThrow(ForbiddenError);
});

it('a catalog without the service says what it has', async () => {
  const cloud = await temporaryCloud({ withoutEndpoints: ['image'] });
  const image = clientOf(cloud.credentials.admin).image.images.list();
  await expect(image).rejects.toThrow(EndpointNotFoundError);
  await expect(image).rejects.toThrow(/no public endpoint for image; it has block-storage \(public@RegionOne, /);
  const elsewhere = clientOf(cloud.credentials.admin, { region: 'RegionTwo' }).compute.servers.list();
  await expect(elsewhere).rejects.toThrow('no public endpoint for compute in region RegionTwo');
});

it('options that cannot work are refused by name', async () => {
  expect(() => passwordAuth({ authUrl: 'http://x', password: 'p' })).toThrow(ConfigurationError);
  const client = new OpenStackClient({ auth: passwordAuth({ authUrl: 'not a url', username: 'u', password: 'p' }) });
  await expect(client.token()).rejects.toThrow('authUrl "not a url" is not a URL');
  const ftp = new OpenStackClient({ auth: passwordAuth({ authUrl: 'ftp://x', username: 'u', password: 'p' }) });
  await expect(ftp.token()).rejects.toThrow('neither http: nor https:');
});

it('every request carries the global request id that its caller gave', async () => {
  const cloud = await temporaryCloud();
  const client = clientOf(cloud.credentials.admin);
  const requestId = 'req-11111111-2222-3333-4444-555555555555';
  await client.compute.servers.list({}, { requestId });
  expect(cloud.requests('compute').map((request) => request.requestId)).toEqual([requestId]);
  await client.compute.servers.list();
  expect(cloud.requests('compute')[1]?.requestId).toMatch(/^req-[0-9a-f-]{36}$/);
});
