import { describe, expect, it } from 'vitest';
import { missing } from '../qsd/installed.ts';
import { QsdSite } from '../qsd/qsd-site.ts';
import { ServerProcess } from './server-process.ts';
import { openingOf, useVolume } from './used-volume.ts';

const reason = missing('qemu-storage-daemon', 'qemu-io', 'qemu-img', 'qemu-nbd');
const MIB = 1024 * 1024;

describe.skipIf(reason)(`backend nbd on a real qemu-nbd${reason === undefined ? '' : ` (${reason})`}`, () => {
  it('H5: what a client writes arrives at the server, and its size is the export’s', async () => {
    await using site = await QsdSite.create();
    const volume = await site.newVolume(2 * MIB);
    const { port } = await site.newListener();
    const args = ['-t', '-f', 'raw', '-b', '127.0.0.1', '-p', `${port}`, '-x', 'disk-7', '-e', '4', volume.path];
    await using _server = await ServerProcess.start('qemu-nbd', args, port);
    const connectionInfo = { driver_volume_type: 'nbd', host: '127.0.0.1', port, export_name: 'disk-7' };
    const { state, client, end } = await useVolume(site, connectionInfo);
    expect(state).toMatchObject({ backend: 'nbd', sizeBytes: 2 * MIB });
    await client.write(MIB, 64 * 1024, 0x1a);
    expect(await volume.read(MIB, 64 * 1024)).toEqual(Buffer.alloc(64 * 1024, 0x1a));
    await end();
    await (await useVolume(site, connectionInfo, { id: 'disk-7' })).end();
    expect(await openingOf(site, connectionInfo, { id: 'disk-8' })).toMatchObject({ code: 'wrong_volume' });
    expect(await openingOf(site, { ...connectionInfo, export_name: 'another' })).toMatchObject({
      code: 'backend_failed',
      message: expect.stringContaining('another'),
    });
  });

  it('H5: a server that is not there is a clear error, and nothing is left', async () => {
    await using site = await QsdSite.create();
    const { port } = await site.newListener();
    const connectionInfo = { driver_volume_type: 'nbd', host: '127.0.0.1', port: `${port}`, export_name: '' };
    expect(await openingOf(site, connectionInfo)).toMatchObject({
      code: 'backend_failed',
      message: expect.stringContaining(`${port}`),
    });
    for (const [field, value] of [
      ['host', 'a b'],
      ['port', '0'],
      ['export_name', 'x'.repeat(256)],
    ] as const) {
      expect(await openingOf(site, { ...connectionInfo, [field]: value })).toMatchObject({
        code: 'bad_connection_info',
        message: expect.stringContaining(field),
      });
    }
  });
});
