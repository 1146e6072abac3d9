import { rename } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { Scene } from '../../src/testing/conformance/scene.ts';
import type { ConformanceEncryptedVolume } from '../../src/testing/index.ts';
import { missing } from './installed.ts';
import { QsdSite } from './qsd-site.ts';

const reason = missing('qemu-storage-daemon', 'qemu-io', 'qemu-img', 'cryptsetup');
const MIB = 1024 * 1024;

/** From open to grant, decrypted by a key in a file, which is what the tests take away. */
async function serveEncrypted(scene: Scene, volume: ConformanceEncryptedVolume): Promise<void> {
  const { key, driver } = scene;
  await scene.open({ connectionInfo: volume.connectionInfo, willDecrypt: true });
  await driver.interpose({ key, interposers: [{ kind: 'luks', key: volume.key }] });
  await scene.export();
  await scene.grant();
}

async function withoutKey<T>(volume: ConformanceEncryptedVolume, action: () => Promise<T>): Promise<T> {
  const file = 'file' in volume.key ? volume.key.file : '';
  await rename(file, `${file}.away`);
  return action().finally(() => rename(`${file}.away`, file));
}

describe.skipIf(reason)(`qsd: what can't be made anew now${reason === undefined ? '' : ` (${reason})`}`, () => {
  it('B6, H10: a volume that was taken down and can not be put back is not called safe to roll back; asked again it is whole', async () => {
    await using site = await QsdSite.create();
    const scene = await Scene.create(site);
    const volume = await site.newEncryptedVolume();
    await serveEncrypted(scene, volume);
    const [before] = await scene.inspected();
    const sizeBytes = volume.sizeBytes + MIB;
    await volume.grow?.(sizeBytes);
    const resize = () => site.driver.resize({ key: scene.key, sizeBytes });
    await withoutKey(volume, () =>
      expect(resize()).rejects.toMatchObject({
        code: 'backend_failed',
        safeToRollBack: false,
        retryable: true,
        attachmentId: scene.key.attachmentId,
        message: expect.stringMatching(/key file can't be read.*can't be put back now/),
      }),
    );
    expect((await scene.inspected())[0]?.exportName).toBeUndefined();
    expect(await resize()).toEqual({ ...before, sizeBytes: (before?.sizeBytes ?? 0) + MIB });
    expect(await scene.client().sizeBytes()).toBe((before?.sizeBytes ?? 0) + MIB);
  });

  it('H10: where a resize can not even begin, nothing is taken down, and it says so', async () => {
    await using site = await QsdSite.create();
    const scene = await Scene.create(site);
    const client = await scene.serve();
    const writer = await client.keepWriting();
    const path = String(scene.volume.connectionInfo['device_path']);
    await rename(path, `${path}.away`);
    const resized = site.driver.resize({ key: scene.key, sizeBytes: 8 * MIB });
    await expect(resized).rejects.toMatchObject({ code: 'backend_failed', safeToRollBack: true });
    expect(await writer.goesOn()).toBe(true);
    await writer.stop();
  });

  it.each(['running', 'killed'] as const)(
    'H22: in a %s daemon adopt makes anew what it can; what it can not is told, and follows when asked again',
    async (daemon) => {
      await using site = await QsdSite.create();
      const scene = await Scene.create(site);
      const encrypted = await scene.sibling();
      const volume = await site.newEncryptedVolume();
      await serveEncrypted(encrypted, volume);
      await scene.serve();
      const { instanceId } = scene.key;
      const before = await site.driver.inspect(instanceId);
      const adopt = () => site.anotherDriver().adopt({ instanceId, listener: scene.listener });
      await withoutKey(volume, async () => {
        if (daemon === 'killed') {
          await site.killDataPlane(instanceId);
        } else {
          await volume.grow?.(volume.sizeBytes + MIB);
          const resized = site.driver.resize({ key: encrypted.key, sizeBytes: volume.sizeBytes + MIB });
          await expect(resized).rejects.toMatchObject({ code: 'backend_failed' });
        }
        await expect(adopt()).rejects.toMatchObject({ code: 'backend_failed', safeToRollBack: false });
        expect(await scene.client().sizeBytes()).toBe(scene.volume.sizeBytes);
      });
      const after = await adopt();
      const shape = (state: typeof after) =>
        state?.volumes.map(({ attachmentId, interposers, exportName, grants }) => [
          attachmentId,
          interposers,
          exportName,
          grants,
        ]);
      expect(shape(after)).toEqual(shape(before));
      expect(await scene.client().sizeBytes()).toBe(scene.volume.sizeBytes);
      await encrypted.end();
      await scene.end();
      expect(await site.leftovers()).toEqual([]);
    },
  );
});
