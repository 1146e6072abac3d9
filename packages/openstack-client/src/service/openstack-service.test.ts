import { expect, it } from 'vitest';
import { scriptedCloud } from '../../test/scripted-cloud.ts';

it('a call that the library has no method for is like those that it has', async () => {
  const cloud = await scriptedCloud((_, index) =>
    index === 0 ? { status: 503, headers: { 'retry-after': '0' } } : { body: { routers: [{ id: 'r' }] } },
  );
  const request = { method: 'GET', path: ['routers'], query: { name: 'edge' } } as const;
  expect(await cloud.client().network.request(request)).toEqual({ routers: [{ id: 'r' }] });
  expect(cloud.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET network/routers?name=edge',
    'GET network/routers?name=edge',
  ]);
  expect(cloud.requests[0]?.headers['x-auth-token']).toBe('token-1');
});

it('its body is sent as JSON, and no answer is no answer', async () => {
  const cloud = await scriptedCloud(() => ({ status: 202 }));
  const body = { rescue: null };
  const { compute } = cloud.client();
  expect(await compute.request({ method: 'POST', path: ['servers', 's', 'action'], body })).toBeUndefined();
  expect(cloud.requests).toMatchObject([{ method: 'POST', path: 'compute/servers/s/action', body }]);
});

it('its failure is an error like all others', async () => {
  const cloud = await scriptedCloud(() => ({ status: 404, body: { NeutronError: { message: 'no router' } } }));
  const asked = cloud.client().network.request({ method: 'GET', path: ['routers', 'r'] });
  await expect(asked).rejects.toMatchObject({ code: 'not_found', service: 'network', fault: 'no router' });
});

it('a microversion that it needs and the service ignores is an error', async () => {
  const cloud = await scriptedCloud(() => ({ headers: { 'openstack-api-version': 'compute 2.1' }, body: {} }));
  const asked = cloud.client().compute.request({ method: 'GET', path: ['os-aggregates'], microversion: '2.41' });
  await expect(asked).rejects.toMatchObject({ code: 'unsupported_microversion' });
});
