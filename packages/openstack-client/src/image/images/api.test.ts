import { expect, it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';
import { scriptedCloud } from '../../../test/scripted-cloud.ts';

const image = {
  ...{ id: 'i', name: 'tiny', status: 'active', disk_format: 'raw', container_format: 'bare', size: 7, tags: ['t'] },
  ...{ min_disk: 1, min_ram: 0, os_hash_algo: 'sha512', os_hash_value: 'ab', hw_disk_bus: 'virtio' },
};

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'image get': {
    call: (cloud) => cloud.image.images.get('i'),
    request: 'GET image/images/i',
    answer: image,
    gives: { sizeBytes: 7, minDiskGiB: 1, hash: 'ab', raw: { hw_disk_bus: 'virtio' } },
  },
  'image list': {
    call: (cloud) => cloud.image.images.list({ visibility: 'public', ownerId: 'p', tag: 't' }),
    request: 'GET image/images?visibility=public&owner=p&tag=t',
    answer: { images: [image] },
    gives: [{ id: 'i' }],
  },
  'image create': {
    call: (cloud) =>
      cloud.image.images.create({ name: 'tiny', diskFormat: 'raw', properties: { hw_disk_bus: 'virtio' } }),
    request: 'POST image/images',
    sends: { name: 'tiny', disk_format: 'raw', container_format: 'bare', hw_disk_bus: 'virtio' },
    status: 201,
    answer: image,
    gives: { id: 'i' },
  },
  'image update': {
    call: (cloud) =>
      cloud.image.images.update('i', { name: 'n', properties: { hw_disk_bus: null, 'a/b~c': 'x', missing: null } }),
    request: 'PATCH image/images/i',
    sends: [
      { op: 'replace', path: '/name', value: 'n' },
      { op: 'remove', path: '/hw_disk_bus' },
      { op: 'add', path: '/a~1b~0c', value: 'x' },
    ],
    answer: image,
    gives: { id: 'i' },
  },
  'image delete': { call: (cloud) => cloud.image.images.delete('i'), request: 'DELETE image/images/i' },
};

it.each(Object.entries(CALLS))('%s is the call of the Image API', (_, call) => expectCall(call));

it('data goes up as a stream, once only, even where the service is away or refuses the token', async () => {
  const statuses = [204, 503, 401];
  const cloud = await scriptedCloud((_, index) => ({ status: statuses[index] ?? 500 }));
  const { images } = cloud.client().image;
  await images.upload('i', chunks('ab', 'cd'));
  expect(cloud.requests[0]).toMatchObject({ method: 'PUT', path: 'image/images/i/file', body: 'abcd' });
  expect(cloud.requests[0]?.headers).toMatchObject({
    'content-type': 'application/octet-stream',
    'transfer-encoding': 'chunked',
  });
  await expect(images.upload('i', chunks('x'))).rejects.toMatchObject({ code: 'service_unavailable' });
  await expect(images.upload('i', chunks('x'))).rejects.toMatchObject({ code: 'unauthorized' });
  expect(cloud.requests).toHaveLength(3);
});

it("a stream of the caller's that fails ends the upload with its reason", async () => {
  const cloud = await scriptedCloud(() => ({ status: 204 }));
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a');
    throw new Error('the disk is gone');
  }
  await expect(cloud.client().image.images.upload('i', broken())).rejects.toThrow('the disk is gone');
});

it('data comes down as a stream, of any length', async () => {
  const data = 'x'.repeat(3_000_000);
  const cloud = await scriptedCloud(() => ({ body: data }));
  let length = 0;
  const client = cloud.client({ maxAnswerBytes: 10_000 });
  for await (const chunk of await client.image.images.download('i')) length += chunk.length;
  expect(length).toBe(data.length);
});

it('a refused download is an error with the reason', async () => {
  const cloud = await scriptedCloud(() => ({ status: 404, body: { error: { message: 'no such image' } } }));
  const download = cloud.client().image.images.download('i');
  await expect(download).rejects.toMatchObject({ code: 'not_found', fault: 'no such image' });
});

it('a download that breaks off is an error of this library', async () => {
  const cloud = await scriptedCloud(() => ({ headers: { 'content-length': '10' }, body: 'abc' }));
  const read = async (): Promise<void> => {
    for await (const _ of await cloud.client().image.images.download('i', { timeoutMs: 500 }));
  };
  await expect(read()).rejects.toMatchObject({ code: expect.stringMatching(/timeout|connection_failed/) });
});
