import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loopbackListener } from '../../src/testing/index.ts';
import { missing } from '../qsd/installed.ts';
import { QsdSite } from '../qsd/qsd-site.ts';
import { blockModule } from './block-module.ts';
import { CephCluster, POOL, USER } from './ceph-cluster.ts';
import { openingOf, useVolume } from './used-volume.ts';

// librados takes its time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

const MIB = 1024 * 1024;
const reason =
  missing('qemu-storage-daemon', 'qemu-io', 'qemu-img', 'rbd', 'ceph', 'ceph-mon', 'ceph-osd') ?? blockModule('rbd');

describe.skipIf(reason)(`backend rbd on a real Ceph${reason === undefined ? '' : ` (${reason})`}`, () => {
  let cluster: CephCluster;
  beforeAll(async () => {
    cluster = await CephCluster.start();
  });
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  /** The user's key is in a keyring that only the configuration names; or where the cluster's configuration says. */
  const newSite = (keyring: 'configured' | "Ceph's own"): Promise<QsdSite> => {
    const rbd = { configurationDirectory: cluster.directory };
    const path = cluster.path(`client.${USER}.keyring`);
    return QsdSite.create({ backends: { rbd: keyring === 'configured' ? { ...rbd, keyring: path } : rbd } });
  };

  it.each(['configured', "Ceph's own"] as const)(
    'H5: what a client writes is in the image; a snapshot of it is read-only and keeps what was (%s keyring)',
    async (keyring) => {
      await using site = await newSite(keyring);
      const image = await cluster.newImage();
      const used = await useVolume(site, image.info);
      expect(used.state).toMatchObject({ backend: 'rbd', sizeBytes: 4 * MIB, readOnly: false });
      await used.client.write(MIB, 64 * 1024, 0x6d);
      await cluster.rbd('snap', 'create', '--no-progress', `${image.name}@before`);
      await used.client.write(MIB, 64 * 1024, 0x6e);
      await used.end();

      const snapshot = await useVolume(site, { ...image.info, name: `${image.name}@before` });
      expect(snapshot.state).toMatchObject({ sizeBytes: 4 * MIB, readOnly: true });
      expect(await snapshot.client.holds(MIB, 64 * 1024, 0x6d)).toBe(true);
      await expect(snapshot.client.write(0, 512, 1)).rejects.toThrow();
      await snapshot.end();

      const after = await useVolume(site, image.info);
      expect(await after.client.holds(MIB, 64 * 1024, 0x6e)).toBe(true);
      await after.end();
    },
  );

  it('H19: an image that was resized by its owner is offered with its new size', async () => {
    await using site = await newSite('configured');
    const image = await cluster.newImage();
    const key = { instanceId: randomUUID(), attachmentId: randomUUID() };
    const listener = await site.newListener();
    await site.driver.open({ key, connectionInfo: image.info, readOnly: false, listener });
    await site.driver.export({ key, exportName: 'disk', readOnly: false });
    await cluster.rbd('resize', '--no-progress', '--size', '8M', image.name);
    expect(await site.driver.resize({ key, sizeBytes: 8 * MIB })).toMatchObject({
      sizeBytes: 8 * MIB,
      exportName: 'disk',
    });
    await site.driver.unexport(key);
    await site.driver.close(key);
  });

  it('H5: the monitors are those that the connection_info names: one that is down is passed over', async () => {
    await using site = await newSite('configured');
    const image = await cluster.newImage();
    const down = `${(await loopbackListener()).port}`;
    const hosts = [cluster.host, cluster.host];
    const { client, end } = await useVolume(site, { ...image.info, hosts, ports: [down, `${cluster.port}`] });
    await client.write(0, 4096, 0x6f);
    expect(await client.holds(0, 4096, 0x6f)).toBe(true);
    await end();
  });

  it('H5: an image that is not there, a user without a key, and monitors that are down are clear errors, and nothing is left', async () => {
    await using site = await newSite("Ceph's own");
    const image = await cluster.newImage();
    const absent = { ...image.info, name: `${POOL}/absent` };
    expect(await openingOf(site, absent)).toMatchObject({
      code: 'backend_failed',
      message: expect.stringContaining('absent'),
    });
    const stranger = { ...image.info, auth_username: 'nobody' };
    expect(await openingOf(site, stranger)).toMatchObject({ code: 'backend_failed' });
    const down = `${(await loopbackListener()).port}`;
    expect(await openingOf(site, { ...image.info, ports: [down] })).toMatchObject({ code: 'backend_failed' });
  });
});
