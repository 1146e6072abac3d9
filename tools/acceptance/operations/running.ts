import { NotFoundError } from '@iorcl/openstack-client';
import { expect } from 'vitest';
import * as z from 'zod';
import type { Family, Operation } from '../operation.ts';
import { until } from '../scene/poll.ts';
import { md5InCeph } from '../scene/rbd-image.ts';
import type { Loaded } from '../scene/residents.ts';
import type { Scene } from '../scene/scene.ts';

const SECOND_AT_MIB = 8;

/** What is done with a server while a volume is attached to it: the guest must have it again, with what was written. */
function withVolume(title: string, act: (scene: Scene, loaded: Loaded) => Promise<void>): Operation {
  return {
    title,
    run: async (scene) => {
      const loaded = await scene.residents.loaded();
      await act(scene, loaded);
      const disk = await scene.residents.disk(loaded);
      expect(await disk.read()).toBe(loaded.md5);
      const md5 = await disk.write(SECOND_AT_MIB);
      expect(await md5InCeph(`volume-${loaded.volumeId}`, SECOND_AT_MIB)).toBe(md5);
    },
  };
}

const backupSchema = z.object({ backup: z.object({ id: z.string(), status: z.string().default('creating') }) });

async function backUp(scene: Scene, volumeId: string): Promise<string> {
  const { blockStorage } = scene.stage.member;
  const body = { backup: { volume_id: volumeId, name: 'iorcl-acceptance', force: true } };
  const { id } = backupSchema.parse(await blockStorage.request({ method: 'POST', path: ['backups'], body })).backup;
  scene.onEnd(async () => {
    await blockStorage.request({ method: 'DELETE', path: ['backups', id] });
    await backupStatus(scene, id, 'gone');
  });
  await backupStatus(scene, id, 'available');
  await scene.volumeStatus(volumeId, 'in-use');
  return id;
}

async function backupStatus(scene: Scene, id: string, status: string): Promise<void> {
  const look = async (): Promise<string> => {
    const path = ['backups', id];
    const answer = scene.stage.member.blockStorage.request({ method: 'GET', path });
    return answer.then(
      (seen) => backupSchema.parse(seen).backup.status,
      (cause: unknown) => (cause instanceof NotFoundError ? 'gone' : Promise.reject(cause)),
    );
  };
  await until(`backup ${id} is ${status}`, look, (seen) => seen === status, { hopeless: (seen) => seen === 'error' });
}

export const running: Family = {
  title: 'a server with a volume',
  operations: [
    withVolume('H19: soft reboot', async (scene, { serverId }) => {
      await scene.rebooted(serverId, () => scene.stage.member.compute.servers.reboot(serverId, 'soft'), 'soft reboot');
    }),
    withVolume('H19: hard reboot', async (scene, { serverId }) => {
      await scene.rebooted(serverId, () => scene.stage.member.compute.servers.reboot(serverId, 'hard'), 'hard reboot');
    }),
    withVolume('H19: stop and start', async (scene, { serverId }) => {
      const { servers } = scene.stage.member.compute;
      await scene.changed(serverId, 'stop', () => servers.stop(serverId), 'SHUTOFF');
      await scene.rebooted(serverId, () => servers.start(serverId), 'start');
    }),
    withVolume('H19: pause and unpause', async (scene, { serverId }) => {
      const { servers } = scene.stage.member.compute;
      await scene.changed(serverId, 'pause', () => servers.pause(serverId), 'PAUSED');
      await scene.changed(serverId, 'unpause', () => servers.unpause(serverId), 'ACTIVE');
    }),
    withVolume('H19: suspend and resume', async (scene, { serverId }) => {
      const { servers } = scene.stage.member.compute;
      await scene.changed(serverId, 'suspend', () => servers.suspend(serverId), 'SUSPENDED');
      await scene.changed(serverId, 'resume', () => servers.resume(serverId), 'ACTIVE');
    }),
    withVolume('H19: rebuild', async (scene, { serverId }) => {
      const { image } = scene.stage.names;
      const rebuild = (): Promise<void> => scene.stage.member.compute.servers.rebuild(serverId, { imageId: image });
      await scene.rebooted(serverId, rebuild, 'rebuild');
    }),
    withVolume('H19: rescue and unrescue', async (scene, { serverId }) => {
      const rescue = (): Promise<unknown> => scene.action(serverId, { rescue: {} });
      await scene.rebooted(serverId, rescue, 'rescue', 'RESCUE');
      await scene.rebooted(serverId, () => scene.action(serverId, { unrescue: null }), 'unrescue');
    }),
    withVolume('H19: shelve and unshelve', async (scene, { serverId, volumeId }) => {
      const { compute, blockStorage } = scene.stage.member;
      await scene.changed(serverId, 'shelve', () => compute.servers.shelve(serverId), 'SHELVED_OFFLOADED');
      expect((await blockStorage.volumes.get(volumeId)).status).toBe('reserved');
      const ofThis = (await scene.stage.iorcldApi.listAttachments()).filter((one) => one.volumeId === volumeId);
      expect(ofThis).toEqual([]);
      await scene.rebooted(serverId, () => compute.servers.unshelve(serverId), 'unshelve');
    }),
    withVolume('H19: image of the server', async (scene, { serverId }) => {
      const { image } = scene.stage.member;
      const { id } = await scene.changed(
        serverId,
        'image of the server',
        async () => {
          const name = `iorcl-acceptance-${scene.path}`;
          await scene.action(serverId, { createImage: { name } });
          const [made] = await image.images.list({ name });
          if (made === undefined) throw new Error('Nova made no image');
          scene.onEnd(() => image.images.delete(made.id));
          return image.images.waitFor(made.id, 'active', { intervalMs: 150 });
        },
        'ACTIVE',
      );
      expect((await image.images.get(id)).status).toBe('active');
    }),
    withVolume('H19: snapshot of the attached volume', async (scene, { volumeId, md5 }) => {
      const { snapshots } = scene.stage.member.blockStorage;
      const { id } = await scene.timed('snapshot', async () => {
        const made = await snapshots.create({ volumeId, name: 'iorcl-acceptance', force: true });
        scene.onEnd(async () => {
          await snapshots.delete(made.id);
          await snapshots.waitUntilDeleted(made.id, { intervalMs: 150 });
        });
        return snapshots.waitFor(made.id, 'available', { intervalMs: 150 });
      });
      expect(await md5InCeph(`volume-${volumeId}@snapshot-${id}`)).toBe(md5);
    }),
    withVolume('H19: backup of the attached volume, restored to another one', async (scene, { volumeId, md5 }) => {
      const backupId = await scene.timed('backup', () => backUp(scene, volumeId));
      const restored = await scene.volume();
      await scene.timed('restore', async () => {
        const body = { restore: { volume_id: restored } };
        await scene.stage.member.blockStorage.request({ method: 'POST', path: ['backups', backupId, 'restore'], body });
        await backupStatus(scene, backupId, 'available');
        await scene.volumeStatus(restored, 'available');
      });
      expect(await md5InCeph(`volume-${restored}`)).toBe(md5);
    }),
  ],
};
