import { expect, expectTypeOf, it } from 'vitest';
import { scriptedCloud } from '../../test/scripted-cloud.ts';
import type { ServerSince273 } from '../compute/servers/model.ts';
import { UnsupportedMicroversionError } from '../error/http-error.ts';

const nova = { id: 'v2.1', status: 'CURRENT', version: '2.93', min_version: '2.1' };
const server = {
  id: 's',
  name: 's',
  status: 'ACTIVE',
  tenant_id: 'p',
  flavor: { original_name: 'm', vcpus: 1, ram: 1 },
};

it('a service tells its version and microversions, once', async () => {
  const cloud = await scriptedCloud(() => ({ body: { version: nova } }));
  const { compute } = cloud.client();
  expect(await compute.apiVersion()).toMatchObject({ id: 'v2.1', minMicroversion: '2.1', maxMicroversion: '2.93' });
  expect(await Promise.all(['2.1', '2.93', '2.94', '2.100', '3.1'].map((each) => compute.supports(each)))).toEqual([
    ...[true, true, false, false, false],
  ]);
  expect(cloud.requests.map(({ path }) => path)).toEqual(['compute/']);
});

it('where only the root knows the versions, the root is asked; 300 is no redirect there', async () => {
  const versions = [
    { id: 'v2.15', status: 'CURRENT' },
    { id: 'v2.1', status: 'SUPPORTED' },
    { id: 'v1.0', status: 'OLD' },
  ];
  const cloud = await scriptedCloud((_, index) =>
    index === 0 ? { status: 404, body: 'no such page' } : { status: 300, body: { versions } },
  );
  const { image } = cloud.client();
  expect(await image.apiVersion()).toMatchObject({ id: 'v2.15', maxMicroversion: undefined });
  expect(await image.supports('2.1')).toBe(false);
  expect(cloud.requests.map(({ path }) => path)).toEqual(['image/', '/image/']);
});

it('a service that names no fitting version is an error, and is asked again the next time', async () => {
  const cloud = await scriptedCloud((_, index) => ({
    body: index < 2 ? { versions: [{ id: 'v9', status: 'CURRENT' }] } : { version: nova },
  }));
  const { compute } = cloud.client();
  await expect(compute.apiVersion()).rejects.toThrow('name no version v2.1');
  expect((await compute.apiVersion()).id).toBe('v2.1');
});

it('a field of a later microversion is there only for who asks for it', async () => {
  const cloud = await scriptedCloud(({ headers }) => {
    const later = headers['openstack-api-version'] === 'compute 2.73';
    return { body: { server: { ...server, ...(later ? { locked_reason: 'audit' } : {}) } } };
  });
  const { servers } = cloud.client().compute;
  const plain = await servers.get('s');
  expect(plain).not.toHaveProperty('lockedReason');
  expectTypeOf(plain).not.toHaveProperty('lockedReason');
  const later = await servers.get('s', { since: '2.73' });
  expect(later.lockedReason).toBe('audit');
  expectTypeOf(later).toEqualTypeOf<ServerSince273>();
  expectTypeOf(servers.get<'2.63'>).returns.resolves.not.toHaveProperty('lockedReason');
  expectTypeOf(servers.create<'2.52'>)
    .parameter(0)
    .not.toHaveProperty('host');
  expectTypeOf(servers.create<'2.74'>)
    .parameter(0)
    .toHaveProperty('host');
});

it('a cloud that is too old for a microversion is named as that', async () => {
  const message = 'Version 2.96 is not supported by the API. Minimum is 2.1 and maximum is 2.60.';
  const cloud = await scriptedCloud(() => ({ status: 406, body: { computeFault: { message, code: 406 } } }));
  const call = cloud.client().compute.servers.get('s', { since: '2.96' });
  await expect(call).rejects.toThrow(UnsupportedMicroversionError);
  await expect(call).rejects.toThrow(`needs microversion 2.96, which this cloud does not have: ${message}`);
  await expect(call).rejects.toMatchObject({ status: 406, fault: message });
});

it('a service that ignores the microversion does not pass unnoticed', async () => {
  const cloud = await scriptedCloud((_, index) => ({
    headers: { 'openstack-api-version': index === 0 ? 'compute 2.1' : '' },
    body: { server },
  }));
  const { servers } = cloud.client().compute;
  await expect(servers.get('s', { since: '2.73' })).rejects.toThrow('needs microversion 2.73, but answered as 2.1');
});
