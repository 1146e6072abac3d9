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

const attachment = (id: string): object => ({ id, status: 'attached', volume_id: 'v', instance: null });
const idsFrom = (from: number, to: number): object[] =>
  Array.from({ length: to - from }, (_, index) => attachment(`a${from + index}`));

it("attachments, whose pages have no links, go on after the last one's id", async () => {
  const cloud = await scriptedCloud((_, index) => ({
    body: { attachments: idsFrom(index * 2, Math.min(index * 2 + 2, 5)) },
  }));
  const all = await cloud.client().blockStorage.attachments.list({}, { pageSize: 2 });
  expect(all.map(({ id }) => id)).toEqual(['a0', 'a1', 'a2', 'a3', 'a4']);
  expect(cloud.requests.map(({ path }) => path)).toEqual([
    'block-storage/attachments?limit=2',
    'block-storage/attachments?limit=2&marker=a1',
    'block-storage/attachments?limit=2&marker=a3',
  ]);
});

it('a page without links that the service cut unasked is not taken for all', async () => {
  const cloud = await scriptedCloud((_, index) => ({
    body: { attachments: index === 0 ? idsFrom(0, 1000) : idsFrom(1000, 1003) },
  }));
  expect(await cloud.client().blockStorage.attachments.list()).toHaveLength(1003);
  expect(cloud.requests.map(({ path }) => path)).toEqual([
    'block-storage/attachments',
    'block-storage/attachments?marker=a999',
  ]);
});

it('a short list without links is asked for once', async () => {
  const cloud = await scriptedCloud(() => ({ body: { attachments: idsFrom(0, 5) } }));
  expect(await cloud.client().blockStorage.attachments.list()).toHaveLength(5);
  expect(cloud.requests).toHaveLength(1);
});

it('a service that knows no markers gives each item once', async () => {
  const cloud = await scriptedCloud(() => ({ body: { attachments: idsFrom(0, 3) } }));
  const { attachments } = cloud.client().blockStorage;
  expect(await attachments.list({}, { pageSize: 3 })).toHaveLength(3);
  expect(await attachments.list({}, { pageSize: 2 })).toHaveLength(3);
});

it("keypairs' pages follow their names, as Nova's links say", async () => {
  const keypair = (name: string): object => ({ keypair: { name, type: 'ssh', fingerprint: 'f', public_key: 'p' } });
  const cloud = await scriptedCloud((_, index) => {
    const more = index === 0 ? { keypairs_links: next('one key') } : {};
    return { body: { keypairs: [keypair(index === 0 ? 'one key' : 'two')], ...more } };
  });
  const names = (await cloud.client().compute.keypairs.list({}, { pageSize: 1 })).map(({ name }) => name);
  expect(names).toEqual(['one key', 'two']);
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
