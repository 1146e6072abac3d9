import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LocalCommandRunner } from '../../src/index.ts';
import { missing } from '../qsd/installed.ts';
import { QsdSite } from '../qsd/qsd-site.ts';
import { attachLoop, noLoopDevice } from './loop-device.ts';
import { openingOf, useVolume } from './used-volume.ts';

const MIB = 1024 * 1024;

const reason = missing('qemu-storage-daemon', 'qemu-io', 'qemu-img') ?? (await noLoopDevice());

describe.skipIf(reason)(`backend local on a real block device${reason === undefined ? '' : ` (${reason})`}`, () => {
  it('H5: what a client writes arrives at the device; a link to it, as LVM makes them, is the same volume', async () => {
    await using site = await QsdSite.create({ backends: { local: { allowedPrefixes: ['/dev/loop', '/tmp/'] } } });
    const volume = await site.newVolume(2 * MIB);
    await using loop = await attachLoop(volume.path);
    const connectionInfo = { driver_volume_type: 'local', data: { device_path: loop.device } };
    const { state, client, end } = await useVolume(site, connectionInfo);
    expect(state).toMatchObject({ backend: 'local', sizeBytes: 2 * MIB });
    await client.write(MIB, 8192, 0x3d);
    expect(await volume.read(MIB, 8192)).toEqual(Buffer.alloc(8192, 0x3d));
    const link = join(site.directory, 'lv-1');
    await symlink(loop.device, link);
    const listener = await site.newListener();
    const key = { instanceId: 'other', attachmentId: 'other' };
    const again = { driver_volume_type: 'local', device_path: link };
    await expect(site.driver.open({ key, connectionInfo: again, readOnly: false, listener })).rejects.toMatchObject({
      code: 'conflict',
    });
    await end();
  });

  it('H25: counters of a device go on when its daemon is made anew, and when it has grown', async () => {
    await using site = await QsdSite.create();
    const volume = await site.newVolume(2 * MIB);
    await using loop = await attachLoop(volume.path);
    const used = await useVolume(site, { driver_volume_type: 'local', device_path: loop.device });
    const written = async (): Promise<number> => (await used.stats())?.io?.writtenBytes ?? Number.NaN;
    expect(await written()).toBe(0);
    await used.client.write(0, MIB, 0x3e);
    await site.killDataPlane(used.key.instanceId);
    await site.driver.adopt({ instanceId: used.key.instanceId, listener: used.listener });
    expect(await written()).toBe(MIB);
    await volume.grow?.(4 * MIB);
    await new LocalCommandRunner().run({ program: 'losetup', args: ['--set-capacity', loop.device] });
    expect(await site.driver.resize({ key: used.key, sizeBytes: 4 * MIB })).toMatchObject({ sizeBytes: 4 * MIB });
    await used.client.write(3 * MIB, MIB, 0x3f);
    expect(await written()).toBe(2 * MIB);
    await used.end();
  });

  it('H5: a file, a character device, a path that is not allowed or not plain is refused, and nothing is left', async () => {
    await using site = await QsdSite.create({ backends: { local: { allowedPrefixes: ['/dev/', '/tmp/'] } } });
    const volume = await site.newVolume(MIB);
    for (const path of [volume.path, '/dev/null', '/etc/passwd', '/dev/../etc/passwd', 'loop0']) {
      expect(await openingOf(site, { driver_volume_type: 'local', device_path: path })).toMatchObject({
        code: 'unsafe_path',
        message: expect.stringContaining(path),
      });
    }
    expect(await openingOf(site, { driver_volume_type: 'local', device_path: '/dev/no-such-disk' })).toMatchObject({
      code: 'backend_failed',
    });
  });
});
