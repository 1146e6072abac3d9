import { expect } from 'vitest';
import { extendActionOf } from '../../extend/extend-cases.ts';
import type { Family } from '../operation.ts';
import { until } from '../scene/poll.ts';
import { md5InCeph } from '../scene/rbd-image.ts';
import type { Scene } from '../scene/scene.ts';

const GIB = 2 ** 30;
const SIZE_GIB = 2;
const LAST_MIB = SIZE_GIB * 1024 - 1;

/** Asks Cinder, and waits until it has told Nova. */
async function extend({ stage }: Scene, volumeId: string): Promise<void> {
  const { volumes } = stage.member.blockStorage;
  await volumes.extend(volumeId, SIZE_GIB);
  await until(
    `volume ${volumeId} has ${SIZE_GIB} GiB and is in use`,
    () => stage.admin.blockStorage.volumes.get(volumeId),
    ({ status, sizeGiB }) => status === 'in-use' && sizeGiB === SIZE_GIB,
    { hopeless: ({ status }) => status.startsWith('error') },
  );
}

export const extending: Family = {
  title: 'a volume that grows',
  operations: [
    {
      title: 'H19: extended while it is attached: the guest has its data, and the new size as soon as its driver can',
      run: async (scene) => {
        const serverId = await scene.residents.bare();
        const volumeId = await scene.volume();
        let disk = await scene.attach(serverId, volumeId);
        const md5 = await disk.write();
        const { result, why } = await scene.timed('extend', () =>
          extendActionOf(scene.stage.admin, serverId, () => extend(scene, volumeId)),
        );
        if (scene.path === 'stock') {
          expect(result).toBe('Success');
        } else {
          // The importer is fuse, whose disks Nova's own driver can't make larger.
          expect({ result, why }).toEqual({
            result: 'Error',
            why: expect.stringContaining('Volume size extension is not supported by the hypervisor'),
          });
          expect(await disk.sizeBytes()).toBe(GIB);
          const { servers } = scene.stage.member.compute;
          await scene.rebooted(serverId, () => servers.reboot(serverId, 'hard'), 'hard reboot');
          disk = await scene.disk(serverId, volumeId);
        }
        expect(await disk.sizeBytes()).toBe(SIZE_GIB * GIB);
        expect(await disk.read()).toBe(md5);
        const last = await disk.write(LAST_MIB);
        expect(await md5InCeph(`volume-${volumeId}`, LAST_MIB)).toBe(last);
        await scene.detach(serverId, volumeId);
      },
    },
  ],
};
