import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Cluster, type ClusterHost } from './cluster.ts';
import { IO_HOST_CONNECTOR } from './hook-bench.ts';

const IO = { 'io:enabled': '1' };

describe('H19: a stock Nova moves an io instance', () => {
  let cluster: Cluster;
  let source: ClusterHost;
  let destination: ClusterHost;
  let serverId: string;
  let volumeId: string;

  beforeEach(async () => {
    cluster = await Cluster.start();
    source = await cluster.addHost('compute-1');
    destination = await cluster.addHost('compute-2');
    ({ serverId, volumeId } = cluster.addServer('compute-1', IO));
    const disk = await source.nova.attachVolume(serverId, volumeId);
    await disk.handle?.write('written before');
  });
  afterEach(() => cluster[Symbol.asyncDispose]());

  const attachmentIds = () => cluster.cloud.attachments().map(({ id }) => id);
  const imported = ({ importer }: ClusterHost) => [...importer.imported];
  /** One attachment everywhere, imported on this host and no other, named after the I/O host, with the guest's data. */
  const expectOnlyOn = async (host: ClusterHost | undefined) => {
    const ids = attachmentIds();
    expect(ids).toHaveLength(1);
    const there = host === undefined ? [] : ids;
    expect([...cluster.ioHost.attached.keys()]).toEqual(there);
    for (const each of cluster.hosts) {
      const expected = each === host ? ids : [];
      expect(imported(each)).toEqual(expected);
      expect(each.hook.imports.all().map(({ attachmentId }) => attachmentId)).toEqual(expected);
      expect(each.plugs.plugged.size).toBe(expected.length);
    }
    if (host === undefined) return;
    // H20: after it as before it.
    expect(cluster.cloud.attachments()[0]).toMatchObject({ host: 'io-1', status: 'attached' });
    const disk = host.nova.disk(serverId, volumeId);
    expect(disk?.attachmentId).toBe(ids[0]);
    const { buffer } = (await disk?.handle?.read(Buffer.alloc(14), 0, 14, 0)) ?? {};
    expect(buffer?.toString()).toBe('written before');
    await host.nova.detachVolume(serverId, volumeId);
    expect(attachmentIds()).toEqual([]);
    expect(cluster.ioHost.attached.size).toBe(0);
    expect(cluster.cloud.volume(volumeId)?.status).toBe('available');
  };

  it('B9: live: two attachments for a while, both served; then the destination has it alone', async () => {
    cluster.become(serverId, 'migrating');
    let both: readonly string[] = [];
    const detach = cluster.ioHost.deleteAttachment.bind(cluster.ioHost);
    cluster.ioHost.deleteAttachment = async (id) => {
      both = [...cluster.ioHost.attached.keys()];
      await detach(id);
    };
    const [disk] = await source.nova.liveMigrate(serverId, destination.nova);
    cluster.become(serverId, null);
    expect(both).toHaveLength(2);
    expect(disk?.connectionInfo).toMatchObject({
      driver_volume_type: 'gpfs',
      device_path: destination.importer.place(disk?.attachmentId ?? '').path,
      attachment_id: disk?.attachmentId,
      volume_id: volumeId,
      access_mode: 'rw',
    });
    await expectOnlyOn(destination);
  });

  it('B9: live, and back, and there again', async () => {
    for (const [from, to] of [
      [source, destination],
      [destination, source],
      [source, destination],
    ] as const) {
      cluster.become(serverId, 'migrating');
      await from.nova.liveMigrate(serverId, to.nova);
      cluster.become(serverId, null);
    }
    await expectOnlyOn(destination);
  });

  it.each(['plug', 'import'])(
    'B9 H10: live, with a destination where %s fails: the migration fails, and the source keeps its disk as it was',
    async (step) => {
      const before = attachmentIds();
      cluster.become(serverId, 'migrating');
      destination.events.failures.set(step, new Error(`${step} is broken`));
      await expect(source.nova.liveMigrate(serverId, destination.nova)).rejects.toThrow(`${step} is broken`);
      cluster.become(serverId, null);
      expect(attachmentIds()).toEqual(before);
      await expectOnlyOn(source);
    },
  );

  it('B9: live, and Nova gives up after the attach: its own rollback ends the second attachment', async () => {
    const before = attachmentIds();
    cluster.become(serverId, 'migrating');
    const place = destination.importer.place.bind(destination.importer);
    // The answer names a disk that QEMU then can't open.
    destination.importer.import = async ({ attachmentId, access }) => {
      destination.importer.imported.add(attachmentId);
      return { ...place(attachmentId), sizeBytes: access.sizeBytes };
    };
    await expect(source.nova.liveMigrate(serverId, destination.nova)).rejects.toThrow();
    cluster.become(serverId, null);
    expect(attachmentIds()).toEqual(before);
    await expectOnlyOn(source);
  });

  describe('whose volume lies on an array that asks who connects it (iSCSI)', () => {
    let array: string;
    const initiators = () => [...new Set(connectors.map(({ initiator }) => initiator))];
    let connectors: Readonly<Record<string, unknown>>[];

    beforeEach(async () => {
      connectors = [];
      cluster.cloud.addVolumeType({
        name: 'array',
        fileBacked: true,
        connect: (volume, _, connector) => {
          connectors.push(connector);
          if (typeof connector['initiator'] !== 'string') throw new Error('InvalidConnectorException: initiator');
          return { driver_volume_type: 'iscsi', data: { target_lun: 1, size: volume.sizeGiB } };
        },
      });
      array = cluster.cloud.addVolume({ sizeGiB: 1, type: 'array' }).id;
      await source.nova.attachVolume(serverId, array);
    });

    it('B9 H20: live: Cinder hears of the I/O host alone, with its initiator', async () => {
      cluster.become(serverId, 'migrating');
      await source.nova.liveMigrate(serverId, destination.nova);
      cluster.become(serverId, null);
      expect(initiators()).toEqual([IO_HOST_CONNECTOR.initiator]);
      expect(connectors.at(-1)).toMatchObject({ ...IO_HOST_CONNECTOR, mountpoint: expect.any(String) });
      expect(imported(destination)).toEqual(attachmentIds());
      expect(cluster.cloud.attachments().map(({ host, status }) => `${host} ${status}`)).toEqual([
        'io-1 attached',
        'io-1 attached',
      ]);
    });

    it.each([
      ['is older and does not tell its connector', () => cluster.ioHost.forgetConnector()],
      [
        'does not answer',

        () => cluster.events.failures.set('io host lists hosts', new Error('it is away')),
      ],
    ])('B9 H10: live, where the I/O host %s: the migration fails, and the source keeps its disks', async (_, fail) => {
      const before = [...cluster.ioHost.attached.keys()];
      cluster.become(serverId, 'migrating');
      fail();
      await expect(source.nova.liveMigrate(serverId, destination.nova)).rejects.toThrow();
      cluster.become(serverId, null);
      // What Cinder itself leaves of an attachment that it could not connect is a reservation, with a stock Nova as well.
      expect([...cluster.ioHost.attached.keys()]).toEqual(before);
      expect(imported(source)).toEqual(before);
      expect(imported(destination)).toEqual([]);
    });
  });

  it('cold, confirmed', async () => {
    await source.nova.coldMigrate(serverId, destination.nova);
    await expectOnlyOn(destination);
  });

  it('cold, reverted', async () => {
    await source.nova.coldMigrate(serverId, destination.nova);
    await destination.nova.coldMigrate(serverId, source.nova);
    await expectOnlyOn(source);
  });

  it('in a rebuild, on its own host', async () => {
    const before = attachmentIds();
    await source.nova.rebuild(serverId);
    expect(attachmentIds()).not.toEqual(before);
    await expectOnlyOn(source);
  });

  it('off all hosts and on to another one (shelve, unshelve)', async () => {
    await source.nova.shelve(serverId);
    await expectOnlyOn(undefined);
    await destination.nova.unshelve(serverId);
    await expectOnlyOn(destination);
  });

  it('B8: by evacuation: the new host ends what the dead one had, which it never imported', async () => {
    await source.nova.die();
    source.events.log.length = 0;
    await destination.nova.evacuate(serverId);
    expect(source.events.log).toEqual([]);
    const [id] = attachmentIds();
    expect([...cluster.ioHost.attached.keys()]).toEqual([id]);
    expect(imported(destination)).toEqual([id]);
    expect(cluster.cloud.attachments()[0]).toMatchObject({ host: 'io-1', status: 'attached' });
    expect(destination.nova.disk(serverId, volumeId)?.attachmentId).toBe(id);
  });

  it.each(['cold', 'live'] as const)('of a plain flavor %s: nothing of it is ours', async (how) => {
    const plain = cluster.addServer('compute-1', {});
    await source.nova.attachVolume(plain.serverId, plain.volumeId);
    for (const { events } of cluster.hosts) events.log.length = 0;
    if (how === 'cold') await source.nova.coldMigrate(plain.serverId, destination.nova);
    else await source.nova.liveMigrate(plain.serverId, destination.nova);
    for (const { events } of cluster.hosts) expect(events.log).toEqual([]);
    expect(destination.nova.disk(plain.serverId, plain.volumeId)?.devicePath).toBe(
      cluster.cloud.volumeFile(plain.volumeId),
    );
  });
});
