import { expect, it } from 'vitest';
import { scriptedCloud } from '../../test/scripted-cloud.ts';

const server = (id: string): object => ({
  ...{ id, name: id, status: 'ACTIVE', tenant_id: 'p1' },
  flavor: { original_name: 'm1', vcpus: 1, ram: 1 },
});
const next = (marker: string): object[] => [{ rel: 'next', href: `http://internal/v2.1/servers?marker=${marker}` }];

it('for await asks for a page only when it is needed', async () => {
  const cloud = await scriptedCloud((_, index) => ({
    body: { servers: [server(`s${index}`)], servers_links: next(`s${index}`) },
  }));
  const seen: string[] = [];
  for await (const { id } of cloud.client().compute.servers.list({ status: 'ACTIVE' }, { pageSize: 1 })) {
    seen.push(id);
    if (seen.length === 3) break;
  }
  expect(seen).toEqual(['s0', 's1', 's2']);
  expect(cloud.requests.map(({ path }) => path)).toEqual([
    'compute/servers/detail?status=ACTIVE&limit=1',
    'compute/servers/detail?status=ACTIVE&limit=1&marker=s0',
    'compute/servers/detail?status=ACTIVE&limit=1&marker=s1',
  ]);
});

it('nothing is sent before a list is awaited, and awaiting it twice asks once', async () => {
  const cloud = await scriptedCloud(() => ({ body: { servers: [server('a')] } }));
  const list = cloud.client().compute.servers.list();
  expect(cloud.requests).toHaveLength(0);
  expect(await list).toEqual(await list);
  expect(cloud.requests).toHaveLength(1);
  expect(Object.prototype.toString.call(list)).toBe('[object Listing]');
});

it('a list is a promise in every way', async () => {
  const cloud = await scriptedCloud(() => ({ status: 404, body: { itemNotFound: { message: 'gone' } } }));
  const { servers } = cloud.client().compute;
  expect(await servers.list().catch((error: Error) => error.name)).toBe('NotFoundError');
  let settled = false;
  const work = servers.list().finally(() => {
    settled = true;
  });
  await expect(work).rejects.toThrow('gone');
  expect(settled).toBe(true);
});

it("Glance's next, Keystone's links.next and Cinder's odd key lead to the next page", async () => {
  const image = { id: 'i', status: 'active' };
  const project = { id: 'p', name: 'p' };
  const type = { id: 't', name: 't' };
  const cloud = await scriptedCloud(({ path }) => {
    const last = path.includes('marker=m');
    if (path.startsWith('image'))
      return { body: { images: [image], ...(last ? {} : { next: '/v2/images?marker=m' }) } };
    if (path.startsWith('identity')) {
      return { body: { projects: [project], links: { next: last ? null : 'http://k/v3/projects?marker=m' } } };
    }
    const links = [{ rel: 'next', href: 'http://c/types?marker=m' }];
    return { body: { volume_types: [type], ...(last ? {} : { volume_type_links: links }) } };
  });
  const client = cloud.client();
  expect(await client.image.images.list()).toHaveLength(2);
  expect(await client.identity.projects.list()).toHaveLength(2);
  expect(await client.blockStorage.volumeTypes.list()).toHaveLength(2);
  expect(cloud.requests).toHaveLength(6);
});

it('pages that lead back to one another are an error, not an endless list', async () => {
  const cloud = await scriptedCloud((_, index) => ({
    body: { servers: [server('a')], servers_links: next(index % 2 === 0 ? 'x' : 'y') },
  }));
  await expect(cloud.client().compute.servers.list()).rejects.toMatchObject({ code: 'malformed_answer' });
  expect(cloud.requests.length).toBeLessThan(5);
});

it('a link that is no URL ends the list', async () => {
  const links = [{ rel: 'next', href: 'http://[' }];
  const cloud = await scriptedCloud(() => ({ body: { servers: [server('a')], servers_links: links } }));
  expect(await cloud.client().compute.servers.list()).toHaveLength(1);
});
