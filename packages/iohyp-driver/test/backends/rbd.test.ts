import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type IoCounters, QsdDriver } from '../../src/index.ts';
import {
  type ConformanceSite,
  type ConformanceVolume,
  describeDriverConformance,
  loopbackListener,
} from '../../src/testing/index.ts';
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

  it('H22: nothing is answered before Ceph has it, so kill -9 of the daemon loses nothing that a guest believes to be there', async () => {
    await using site = await newSite('configured');
    const used = await useVolume(site, (await cluster.newImage()).info);
    // librbd's cache, if there were one, would write through until the first flush.
    await used.client.write(0, 4096, 0x64);
    let writing: Promise<'answered'>;
    {
      using _ = cluster.hang();
      writing = used.client.writeUnflushed(MIB, 64 * 1024, 0x65).then(() => 'answered' as const);
      expect(await Promise.race([writing, delay(3_000, 'waits')])).toBe('waits');
    }
    expect(await writing).toBe('answered');
    const { instanceId } = used.key;
    await site.killDataPlane(instanceId);
    await site.driver.adopt({ instanceId, listener: used.listener });
    expect(await used.client.holds(MIB, 64 * 1024, 0x65)).toBe(true);
    await used.end();
  });

  it('an image is the one of its name: another one than expected is refused before a daemon runs', async () => {
    await using site = await newSite('configured');
    const image = await cluster.newImage();
    const id = image.name.slice(`${POOL}/`.length);
    const { end } = await useVolume(site, image.info, { id, sizeBytes: 4 * MIB });
    await end();
    const refusal = { code: 'wrong_volume', message: expect.stringContaining(`is "${id}", expected "volume-1"`) };
    expect(await openingOf(site, image.info, { id: 'volume-1' })).toMatchObject(refusal);
    expect(await openingOf(site, { ...image.info, name: `${image.name}@before` }, { id })).toMatchObject({
      code: 'wrong_volume',
    });
  });

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

  describeDriverConformance({
    driverName: 'qsd on RBD images',
    framework: { describe, it, skip: it.skip },
    capabilities: new QsdDriver().capabilities,
    groups: ['counters'],
    newSite: async (): Promise<ConformanceSite> =>
      Object.assign(await newSite('configured'), {
        async newCountedVolume(sizeBytes: number): Promise<ConformanceVolume> {
          const { info } = await cluster.newImage();
          const read = async (): Promise<never> => expect.unreachable('the storage is not looked at');
          return { connectionInfo: info, sizeBytes, read };
        },
      }),
  });

  it('H25: a confined daemon is counted too, to the byte, and nobody else’s image is taken for its own', async () => {
    const runAs = { uid: 61_235, gid: 61_235 };
    const keyring = cluster.path(`client.${USER}.keyring`);
    const rbd = { configurationDirectory: cluster.directory, keyring };
    await using site = await QsdSite.create({ backends: { rbd }, confinement: { runAs } });
    await chmod(site.directory, 0o711);
    await chmod(cluster.directory, 0o711);
    const parent = await cluster.newImage();
    await cluster.rbd('snap', 'create', '--no-progress', `${parent.name}@base`);
    await cluster.rbd('snap', 'protect', `${parent.name}@base`);
    const clone = `${parent.name}-clone`;
    await cluster.rbd('clone', `${parent.name}@base`, clone);
    const used = await useVolume(site, { ...parent.info, name: clone });
    const [daemon] = await site.daemons();
    expect(await readFile(`/proc/${daemon?.pid}/status`, 'utf8')).toMatch(/^Uid:\t61235\t/m);
    const counters = async (): Promise<IoCounters | undefined> => (await used.stats())?.io;
    const before = await counters();
    expect(await counters(), 'to read counters is no I/O').toEqual(before);
    await used.client.write(0, 256 * 1024, 0x61);
    await used.client.holds(0, 64 * 1024, 0x61);
    await used.client.discard(0, 128 * 1024);
    const after = await counters();
    const grown = (name: keyof IoCounters): number => (after?.[name] ?? Number.NaN) - (before?.[name] ?? Number.NaN);
    expect(grown('writtenBytes')).toBe(256 * 1024);
    expect(grown('readBytes')).toBe(64 * 1024);
    expect(grown('discardedBytes')).toBe(128 * 1024);
    expect(grown('flushOperations')).toBeGreaterThan(0);
    await used.end();
  });

  it('an admin socket that the operator’s configuration names is not made by a daemon: its own is', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'iorcl-ceph-conf-'));
    try {
      const theirs = join(directory, 'theirs.$cctid.asok');
      const settings = `[client]\nadmin socket = ${theirs}\n[client.${USER}]\nadmin_socket = ${theirs}`;
      const text = await readFile(cluster.path('ceph.conf'), 'utf8');
      await writeFile(join(directory, 'ceph.conf'), `${text}\n${settings}`);
      await using site = await QsdSite.create({ backends: { rbd: { configurationDirectory: directory } } });
      const used = await useVolume(site, (await cluster.newImage()).info);
      await used.client.write(0, 4096, 0x62);
      expect((await used.stats())?.io).toMatchObject({ writtenBytes: 4096 });
      expect(await readdir(directory)).toEqual(['ceph.conf']);
      await used.end();
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it('a daemon that counts but does not answer is left out in time, and all else of it is known', async () => {
    await using site = await newSite('configured');
    const used = await useVolume(site, (await cluster.newImage()).info);
    const [name] = (await readdir(used.directory)).filter((each) => /^c[0-9a-f]{8}$/.test(each));
    const socket = join(used.directory, name ?? '');
    await rm(socket);
    // Takes connections, as the kernel does for a process that hangs, and says nothing.
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(socket, resolve));
    try {
      const stats = await site.driver.stats(used.key.instanceId);
      expect(stats?.volumes).toEqual([{ attachmentId: used.key.attachmentId, io: undefined }]);
      expect(stats?.residentBytes).toBeGreaterThan(0);
    } finally {
      silent.close();
    }
    await used.end();
  });

  it('a cluster that hangs holds up nobody who reads counters', async () => {
    await using site = await newSite('configured');
    const used = await useVolume(site, (await cluster.newImage()).info);
    await used.client.write(0, 4096, 0x63);
    {
      using _ = cluster.hang();
      expect((await used.stats())?.io).toMatchObject({ writtenBytes: 4096 });
    }
    await used.end();
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
