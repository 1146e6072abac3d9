import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { missing } from '../qsd/installed.ts';
import { QsdSite } from '../qsd/qsd-site.ts';
import { blockModule } from './block-module.ts';
import { NfsServer } from './nfs-server.ts';
import { openingOf, useVolume } from './used-volume.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 90_000 });

const MIB = 1024 * 1024;
const reason =
  missing('qemu-storage-daemon', 'qemu-io', 'qemu-img', 'ganesha.nfsd', 'rpcbind', 'nsenter', 'ip') ??
  blockModule('nfs') ??
  (process.getuid?.() === 0 ? undefined : 'needs root for the server');

describe.skipIf(reason)(`backend nfs on a real NFS server${reason === undefined ? '' : ` (${reason})`}`, () => {
  let server: NfsServer;
  beforeAll(async () => {
    server = await NfsServer.start();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const newSite = (): Promise<QsdSite> =>
    QsdSite.create({ program: server.program, backends: { nfs: { client: 'libnfs' } } });

  it('H5: a volume of a share that nobody has mounted is opened, and what a client writes is on the server', async () => {
    await using site = await newSite();
    const info = { driver_volume_type: 'nfs', data: { export: server.share, name: 'volume-1', format: 'raw' } };
    const { state, client, end } = await useVolume(site, info);
    expect(state).toMatchObject({ backend: 'nfs', sizeBytes: 4 * MIB, readOnly: false });
    await client.write(MIB + 512, 64 * 1024, 0x4d);
    expect(await server.holds('volume-1', MIB + 512, 64 * 1024, 0x4d)).toBe(true);
    const key = { instanceId: 'another', attachmentId: 'another' };
    const again = { key, connectionInfo: info, readOnly: false, listener: await site.newListener() };
    await expect(site.driver.open(again)).rejects.toMatchObject({ code: 'conflict' });
    await end();
    expect(await openingOf(site, info, { id: 'volume-2' })).toMatchObject({
      code: 'wrong_volume',
      message: expect.stringContaining('is "volume-1", expected "volume-2"'),
    });
    await (await useVolume(site, info, { id: 'volume-1' })).end();
  });

  it('H5: a symbolic link leads nowhere outside of the share, neither on the server nor here; within it, it is followed', async () => {
    await using site = await newSite();
    for (const name of ['link-to-host', 'link-up']) {
      const info = { driver_volume_type: 'nfs', export: server.share, name };
      expect(await openingOf(site, info)).toMatchObject({
        code: 'backend_failed',
        message: expect.stringContaining('Symbolic link'),
      });
    }
    const { client, end } = await useVolume(site, {
      driver_volume_type: 'nfs',
      export: server.share,
      name: 'link-to-own',
    });
    await client.write(0, 4096, 0x4e);
    expect(await server.holds('volume-1', 0, 4096, 0x4e)).toBe(true);
    await end();
  });

  it('H5: a file that is not there, a share that is not, a qcow2 file and a name that is none are refused; nothing is left', async () => {
    await using site = await newSite();
    const info = { driver_volume_type: 'nfs', export: server.share, name: 'volume-1' };
    expect(await openingOf(site, { ...info, name: 'absent' })).toMatchObject({
      code: 'backend_failed',
      message: expect.stringContaining('absent'),
    });
    expect(await openingOf(site, { ...info, export: `${server.share}-not` })).toMatchObject({ code: 'backend_failed' });
    expect(await openingOf(site, { ...info, name: 'volume-2', format: 'qcow2' })).toMatchObject({
      code: 'not_supported',
      message: expect.stringContaining('client "kernel"'),
    });
    expect(await openingOf(site, { ...info, name: '..' })).toMatchObject({ code: 'unsafe_path' });
    expect(await openingOf(site, { ...info, name: 'a/b' })).toMatchObject({ code: 'bad_connection_info' });
  });
});
