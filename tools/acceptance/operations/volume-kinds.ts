import { join } from 'node:path';
import { QsdDriver } from '@iorcl/iohyp-driver';
import { expect } from 'vitest';
import type { Family } from '../operation.ts';
import { until } from '../scene/poll.ts';
import { bytesInCeph, md5InCeph } from '../scene/rbd-image.ts';
import type { Scene } from '../scene/scene.ts';
import { makeVolumeType } from '../scene/volume-types.ts';

const LUKS_MAGIC = Buffer.from('LUKS\xba\xbe', 'latin1');

/** Servers that have the volume, as Cinder says. */
async function usersOf({ stage }: Scene, volumeId: string): Promise<readonly (string | undefined)[]> {
  const { attachments } = await stage.admin.blockStorage.volumes.get(volumeId);
  return attachments.map(({ serverId }) => serverId).sort();
}

/** Seconds that a guest takes for so many writes of 4 KiB, each on the disk before the next. */
async function secondsForWrites({ stage }: Scene, serverId: string, device: string, count: number): Promise<number> {
  const script = `read -r began rest </proc/uptime
    dd if=/dev/zero of=${device} bs=4k count=${count} oflag=direct 2>/dev/null || exit 1
    read -r ended rest </proc/uptime; echo $began $ended`;
  const [began = 0, ended = 0] = (await stage.guests.run(serverId, script)).trim().split(' ').map(Number);
  return ended - began;
}

export const volumeKinds: Family = {
  title: 'kinds of volumes',
  operations: [
    {
      title: 'H17: a multiattach volume in two servers: each reads what the other writes',
      run: async (scene) => {
        const { servers } = scene.stage.member.compute;
        const one = await scene.residents.bare();
        const other = await scene.server();
        const type = await makeVolumeType(scene, { extraSpecs: { multiattach: '<is> True' } });
        const volumeId = await scene.volume({ type });
        const disk = await scene.attach(one, volumeId);
        await scene.timed('attach to the second server', async () => {
          await servers.attachVolume(other, volumeId);
          await until(
            'both have the volume',
            () => usersOf(scene, volumeId),
            (users) => users.length === 2,
          );
        });
        const shared = await scene.disk(other, volumeId);
        const first = await disk.write(7);
        expect(await shared.read(7)).toBe(first);
        const second = await shared.write(7);
        expect(await disk.read(7)).toBe(second);
        await servers.detachVolume(one, volumeId);
        await until(
          'one has it',
          () => usersOf(scene, volumeId),
          (users) => users.length === 1,
        );
        const third = await shared.write(9);
        expect(await shared.read(7)).toBe(second);
        await scene.detach(other, volumeId);
        expect(await md5InCeph(`volume-${volumeId}`, 7)).toBe(second);
        expect(await md5InCeph(`volume-${volumeId}`, 9)).toBe(third);
      },
    },
    {
      title: 'H17: a volume that is not multiattach is refused to a second server, whose user is told',
      run: async (scene) => {
        const loaded = await scene.residents.loaded();
        const other = await scene.server();
        const { servers } = scene.stage.member.compute;
        await expect(servers.attachVolume(other, loaded.volumeId)).rejects.toThrow(/already attached to instances/);
        expect(await usersOf(scene, loaded.volumeId)).toEqual([loaded.serverId]);
        const disk = await scene.residents.disk(loaded);
        expect(await disk.read()).toBe(loaded.md5);
      },
    },
    {
      title: 'H17: a read-only volume is a read-only disk',
      // With stock Zed the guest may write to it where it was attached before: Cinder then answers rw (its attached_mode).
      paths: ['io'],
      run: async (scene) => {
        const { volumes } = scene.stage.member.blockStorage;
        const serverId = await scene.residents.bare();
        const volumeId = await scene.volume();
        const md5 = await (await scene.attach(serverId, volumeId)).write();
        await scene.detach(serverId, volumeId);
        await volumes.setReadOnly(volumeId, true);
        const disk = await scene.attach(serverId, volumeId, 'attach read-only');
        expect((await disk.inGuest(`blockdev --getro ${disk.device}`)).trim()).toBe('1');
        await expect(disk.write()).rejects.toThrow();
        expect(await disk.read()).toBe(md5);
        await scene.detach(serverId, volumeId);
        expect(await md5InCeph(`volume-${volumeId}`)).toBe(md5);
        await volumes.setReadOnly(volumeId, false);
        expect(await (await scene.attach(serverId, volumeId)).write()).not.toBe(md5);
        await scene.detach(serverId, volumeId);
      },
    },
    {
      title: 'H18: an encrypted volume: clear in the guest, ciphertext in Ceph, the same bytes after it was detached',
      run: async (scene) => {
        const serverId = await scene.residents.bare();
        const type = await makeVolumeType(scene, {
          encryption: { provider: 'luks', controlLocation: 'front-end', cipher: 'aes-xts-plain64', keySizeBits: 256 },
        });
        const volumeId = await scene.volume({ type });
        const disk = await scene.attach(serverId, volumeId, 'attach encrypted');
        const text = 'what nobody on the storage network may read';
        await disk.inGuest(`yes '${text}' | head -c 1048576 >/tmp/p &&
          dd if=/tmp/p of=${disk.device} bs=1M seek=9 conv=fsync 2>/dev/null && rm /tmp/p`);
        const [random, readable] = [await disk.write(7), await disk.read(9)];
        await scene.detach(serverId, volumeId);

        const stored = await bytesInCeph(`volume-${volumeId}`, { atMiB: 0, lengthMiB: 16 });
        expect(stored.subarray(0, LUKS_MAGIC.length)).toEqual(LUKS_MAGIC);
        expect(stored.includes(text)).toBe(false);

        const again = await scene.attach(serverId, volumeId, 'attach encrypted');
        expect([await again.read(7), await again.read(9)]).toEqual([random, readable]);
        await scene.detach(serverId, volumeId);
      },
    },
    {
      title:
        "the limits of a volume type: those of a front end are the I/O host's to keep, those of a back end are not",
      paths: ['io'],
      run: async (scene) => {
        const iops = 40;
        const writes = 160;
        const serverId = await scene.residents.bare();
        const specs = { total_iops_sec: String(iops) };
        const front = await makeVolumeType(scene, { qos: { consumer: 'front-end', specs } });
        const back = await makeVolumeType(scene, { qos: { consumer: 'back-end', specs } });
        const driver = new QsdDriver({ runtimeDirectory: join(scene.stage.directory, 'qsd') });
        for (const [type, limits] of [
          [front, { iopsTotal: iops }],
          [back, {}],
        ] as const) {
          const volumeId = await scene.volume({ type });
          const disk = await scene.attach(serverId, volumeId);
          const state = await driver.inspect(serverId);
          expect(state?.volumes.map(({ qos }) => qos)).toEqual([limits]);
          const seconds = await secondsForWrites(scene, serverId, disk.device, writes);
          // A tenth of a second's worth may pass at once.
          if (type === front) expect(seconds).toBeGreaterThan((0.8 * writes) / iops);
          await scene.detach(serverId, volumeId);
        }
      },
    },
  ],
};
