import type { BlockDevice } from '@iorcl/openstack-client';
import { expect } from 'vitest';
import type { Family } from '../operation.ts';
import { md5InCeph } from '../scene/rbd-image.ts';
import type { Scene } from '../scene/scene.ts';

export const booting: Family = {
  title: 'boot with volumes, delete with volumes',
  operations: [
    {
      title: 'B3, B8: boots with two volumes, one of them to be deleted with it, and is deleted with both attached',
      run: async (scene) => {
        const [kept, goes] = await Promise.all([scene.volume(), scene.volume()]);
        const toGo: BlockDevice = { source: 'volume', sourceId: goes, deleteOnTermination: true };
        const serverId = await scene.server({ volumeIds: [kept], blockDevices: [toGo] }, 'boot with 2 volumes');
        const md5 = await (await scene.disk(serverId, kept)).write();
        await (await scene.disk(serverId, goes)).write();
        await scene.timed('delete server', () => scene.deleteServer(serverId));
        await scene.volumeStatus(kept, 'available');
        await scene.stage.member.blockStorage.volumes.waitUntilDeleted(goes, { intervalMs: 150 });
        expect(await md5InCeph(`volume-${kept}`)).toBe(md5);
      },
    },
    {
      title: 'B2: boots from a volume',
      run: async (scene) => {
        const root = await scene.volume({ imageId: scene.stage.names.image });
        await bootFrom(scene, { source: 'volume', sourceId: root, bootIndex: 0 }, 'boot from volume');
        await scene.volumeStatus(root, 'available');
      },
    },
    {
      title: 'B2: boots from an image on a new volume, which goes with it',
      run: async (scene) => {
        const fresh = {
          source: 'image',
          sourceId: scene.stage.names.image,
          sizeGiB: 1,
          deleteOnTermination: true,
        } as const;
        const root = await bootFrom(scene, { ...fresh, bootIndex: 0 }, 'boot from image on new volume');
        await scene.stage.member.blockStorage.volumes.waitUntilDeleted(root, { intervalMs: 150 });
      },
    },
  ],
};

/** Boots, restarts and deletes a server whose root disk is a volume. Answers the volume's id. */
async function bootFrom(scene: Scene, root: BlockDevice, step: string): Promise<string> {
  const { servers } = scene.stage.member.compute;
  const serverId = await scene.server({ root }, step);
  const [first] = await servers.listVolumes(serverId);
  const volumeId = first?.volumeId ?? '';
  const disk = await scene.disk(serverId, volumeId);
  expect(disk.device).toBe('/dev/vda');
  const md5 = await disk.write();
  await scene.rebooted(serverId, () => servers.reboot(serverId, 'hard'), 'hard reboot');
  expect(await (await scene.disk(serverId, volumeId)).read()).toBe(md5);
  expect(await md5InCeph(`volume-${volumeId}`)).toBe(md5);
  await scene.timed('delete server', () => scene.deleteServer(serverId));
  return volumeId;
}
