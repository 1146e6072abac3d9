import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import type { Image } from '../../src/index.ts';
import { contract } from './contract.ts';

contract('images', (cloud) => {
  const { images } = cloud.member.image;

  async function newImage(): Promise<Image> {
    const image = await images.create({ name: cloud.uniqueName(), diskFormat: 'raw', properties: { hw_foo: 'bar' } });
    cloud.cleanUp(() => images.delete(image.id));
    return image;
  }

  it('an image is made, then filled, then read back', async () => {
    const image = await newImage();
    expect(image).toMatchObject({
      ...{ status: 'queued', diskFormat: 'raw', containerFormat: 'bare', visibility: 'shared' },
      ...{ sizeBytes: undefined, hash: undefined, protected: false },
      raw: { hw_foo: 'bar' },
    });
    const bytes = randomBytes(300_000);
    await images.upload(image.id, Readable.from([bytes.subarray(0, 100_000), bytes.subarray(100_000)]));
    const active = await images.waitFor(image, 'active', { timeoutMs: 60_000 });
    expect(active).toMatchObject({
      sizeBytes: bytes.length,
      hashAlgorithm: 'sha512',
      hash: createHash('sha512').update(bytes).digest('hex'),
    });
    const chunks: Uint8Array[] = [];
    for await (const chunk of await images.download(image.id)) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
    await expect(images.upload(image.id, Readable.from([bytes]))).rejects.toMatchObject({
      code: 'conflict',
      status: 409,
    });
  });

  it('an image is renamed, protected, and then not deleted', async () => {
    const image = await newImage();
    const name = cloud.uniqueName();
    expect(await images.update(image.id, { name, protected: true })).toMatchObject({ name, protected: true });
    await expect(images.delete(image.id)).rejects.toMatchObject({ code: 'forbidden', status: 403 });
    await images.update(image.id, { protected: false });
    await images.delete(image.id);
    await expect(images.get(image.id)).rejects.toMatchObject({ code: 'not_found', status: 404 });
    await expect(images.delete(image.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('what Glance does not know it refuses', async () => {
    const name = cloud.uniqueName();
    await expect(images.create({ name, diskFormat: 'nonsense' })).rejects.toMatchObject({
      code: 'bad_request',
      status: 400,
    });
    await expect(images.create({ name, diskFormat: 'raw', visibility: 'public' })).rejects.toMatchObject({
      code: 'forbidden',
    });
  });

  it('images that are public are for everyone, the others for their project', async () => {
    const image = await newImage();
    expect((await images.list({ name: cloud.names.image })).map((each) => each.name)).toEqual([cloud.names.image]);
    const own = await images.list({ name: image.name });
    expect(own.map(({ id }) => id)).toEqual([image.id]);
  });

  it('a list comes page by page', async () => {
    const made = [await newImage(), await newImage(), await newImage()];
    const seen: string[] = [];
    for await (const { id } of images.list({ visibility: 'shared' }, { pageSize: 2 })) seen.push(id);
    expect(seen).toEqual(expect.arrayContaining(made.map(({ id }) => id)));
    expect(new Set(seen).size).toBe(seen.length);
  });
});
