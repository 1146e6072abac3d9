import { expect } from 'vitest';
import type { Family } from '../operation.ts';
import { extendActionOf } from '../scene/extend-action.ts';
import type { GuestDisk } from '../scene/guest-disk.ts';
import { until } from '../scene/poll.ts';
import { md5InCeph } from '../scene/rbd-image.ts';
import type { Scene } from '../scene/scene.ts';
import { SteadyWriter } from '../scene/steady-writer.ts';
import { withComputeDriverModule } from '../stage/compute-driver.ts';

const GIB = 2 ** 30;

/** Asks Cinder, and waits until it has told Nova. */
async function extend({ stage }: Scene, volumeId: string, wantedGiB: number): Promise<void> {
  const { volumes } = stage.member.blockStorage;
  await volumes.extend(volumeId, wantedGiB);
  await until(
    `volume ${volumeId} has ${wantedGiB} GiB and is in use`,
    () => stage.admin.blockStorage.volumes.get(volumeId),
    ({ status, sizeGiB }) => status === 'in-use' && sizeGiB === wantedGiB,
    { hopeless: ({ status }) => status.startsWith('error') },
  );
}

async function writesAtTheEnd(disk: GuestDisk, sizeGiB: number): Promise<void> {
  const lastMiB = sizeGiB * 1024 - 1;
  const md5 = await disk.write(lastMiB);
  expect(await md5InCeph(`volume-${disk.volumeId}`, lastMiB)).toBe(md5);
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
          extendActionOf(scene.stage.admin, serverId, () => extend(scene, volumeId, 2)),
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
        expect(await disk.sizeBytes()).toBe(2 * GIB);
        expect(await disk.read()).toBe(md5);
        await writesAtTheEnd(disk, 2);
        await scene.detach(serverId, volumeId);
      },
    },
    {
      title:
        'H19: with importer qemu-nbd and the compute driver module it grows twice under the guest that writes to it, without a detach',
      paths: ['io'],
      run: async (scene) => {
        const { stage } = scene;
        const serverId = await scene.residents.bare();
        scene.onEnd(async () => {
          stage.hookOptions = {};
          await stage.hooks.testbed.restart();
        });
        stage.hookOptions = { importer: { kind: 'qemu-nbd' } };
        await stage.hooks.testbed.restart();
        await withComputeDriverModule(stage, async () => {
          const volumeId = await scene.volume();
          const disk = await scene.attach(serverId, volumeId, 'attach by qemu-nbd');
          const md5 = await disk.write();
          const writer = await SteadyWriter.start(disk);
          for (const sizeGiB of [2, 3]) {
            const { result, why } = await scene.timed('extend in use', () =>
              extendActionOf(stage.admin, serverId, () => extend(scene, volumeId, sizeGiB)),
            );
            expect({ result, why: result === 'Success' ? '' : why }).toEqual({ result: 'Success', why: '' });
            expect(await disk.sizeBytes()).toBe(sizeGiB * GIB);
            await writer.goesOn();
          }
          await writer.end();
          expect(await disk.read()).toBe(md5);
          await writesAtTheEnd(disk, 3);
          const { servers } = stage.member.compute;
          await scene.rebooted(serverId, () => servers.reboot(serverId, 'hard'), 'hard reboot');
          const after = await scene.disk(serverId, volumeId);
          expect([await after.sizeBytes(), await after.read()]).toEqual([3 * GIB, md5]);
          await scene.detach(serverId, volumeId);
        });
      },
    },
  ],
};
