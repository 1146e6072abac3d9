import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { Server, Volume } from '../../src/index.ts';
import { contract } from './contract.ts';
import { hostsOfMovers, idOf, newMover, newVolume } from './parts.ts';
import { eventually } from './waiting.ts';

contract('servers that move between hosts', (cloud) => {
  const { servers } = cloud.member.compute;
  const admin = cloud.admin.compute;
  const PATIENCE = { timeoutMs: 150_000, intervalMs: 500 };
  let hosts: string[];
  let server: Server;
  let volume: Volume;

  beforeAll(async () => {
    hosts = await hostsOfMovers(cloud);
    if (hosts.length < 2) return;
    server = await newMover(cloud);
    volume = await newVolume(cloud);
    await servers.attachVolume(server.id, volume.id);
    cloud.cleanUp(async () => {
      await servers.detachVolume(server.id, volume.id);
      await eventually(async () => (await cloud.member.blockStorage.volumes.get(volume.id)).status, 'available');
    });
    await volumeIsInUseOn(await hostOf());
  });

  beforeEach(({ skip }) => {
    if (hosts.length < 2) skip(`zone ${cloud.names.zoneOfMovers} of this cloud has ${hosts.length} hosts that are up`);
  });

  const hostOf = async (): Promise<string | undefined> => (await admin.servers.get(server.id)).host;
  const otherHost = async (): Promise<string> => {
    const current = await hostOf();
    return hosts.find((host) => host !== current) ?? '';
  };

  /** Exactly one attachment, of this host. */
  async function volumeIsInUseOn(host: string | undefined): Promise<void> {
    const seen = async (): Promise<object> => {
      const { status, attachments } = await cloud.admin.blockStorage.volumes.get(volume.id);
      return { status, hosts: attachments.map(({ hostName }) => hostName) };
    };
    await eventually(seen, { status: 'in-use', hosts: [host] });
  }

  const lastMigration = async (): Promise<object> => {
    const all = await admin.migrations.list({ serverId: server.id });
    const { type, status, sourceCompute, destinationCompute } = all.toSorted((a, b) => b.id - a.id)[0] ?? {};
    return { type, status, sourceCompute, destinationCompute };
  };

  it('live migration: the server runs on, elsewhere, with its volume', async () => {
    const [from, to] = [await hostOf(), await otherHost()];
    await admin.servers.liveMigrate(server.id, { host: to });
    await eventually(hostOf, to);
    expect(await servers.waitFor(server.id, 'ACTIVE', PATIENCE)).toMatchObject({ vmState: 'active' });
    await volumeIsInUseOn(to);
    const migration = { type: 'live-migration', status: 'completed', sourceCompute: from, destinationCompute: to };
    await eventually(lastMigration, migration);
    expect(await admin.serverMigrations.list(server.id)).toEqual([]);
  });

  it('cold migration waits to be confirmed', async () => {
    const [from, to] = [await hostOf(), await otherHost()];
    await admin.servers.migrate(server.id, { host: to });
    expect(await servers.waitFor(server.id, 'VERIFY_RESIZE', PATIENCE)).toMatchObject({ vmState: 'resized' });
    expect(await hostOf()).toBe(to);
    await volumeIsInUseOn(to);
    await servers.confirmResize(server.id);
    await servers.waitFor(server.id, 'ACTIVE', PATIENCE);
    expect(await hostOf()).toBe(to);
    const migration = { type: 'migration', status: 'confirmed', sourceCompute: from, destinationCompute: to };
    await eventually(lastMigration, migration);
  });

  it('a resize can be taken back: the server is where and what it was', async () => {
    const [from, to] = [await hostOf(), await otherHost()];
    const { ioFlavor, flavor } = cloud.names;
    const flavors = await cloud.member.compute.flavors.list();
    await expect(servers.resize(server.id, idOf(flavors, flavor))).rejects.toMatchObject({
      code: 'bad_request',
      fault: 'When resizing, instances must change flavor!',
    });
    await servers.resize(server.id, idOf(flavors, ioFlavor));
    expect((await servers.waitFor(server.id, 'VERIFY_RESIZE', PATIENCE)).flavor.name).toBe(ioFlavor);
    await volumeIsInUseOn(to);
    await servers.revertResize(server.id);
    expect((await servers.waitFor(server.id, 'ACTIVE', PATIENCE)).flavor.name).toBe(flavor);
    expect(await hostOf()).toBe(from);
    await volumeIsInUseOn(from);
    await eventually(lastMigration, {
      ...{ type: 'resize', status: 'reverted' },
      ...{ sourceCompute: from, destinationCompute: to },
    });
  });

  it('a rebuild leaves the volume attached', async () => {
    const from = await hostOf();
    const name = cloud.uniqueName();
    const { image } = cloud.member;
    const imageId = idOf(await image.images.list({ name: cloud.names.image }), cloud.names.image);
    await servers.rebuild(server.id, { imageId, name });
    const rebuilt = await servers.waitFor(server.id, 'ACTIVE', PATIENCE);
    expect(rebuilt).toMatchObject({ name, imageId });
    await volumeIsInUseOn(from);
  });

  it('evacuation: only from a host that is down', async ({ skip }) => {
    const { restartCompute } = cloud;
    if (restartCompute === undefined) return skip("this cloud's nova-compute can't be restarted");
    const [from = '', to] = [await hostOf(), await otherHost()];
    await expect(admin.servers.evacuate(server.id, { host: to })).rejects.toMatchObject({
      code: 'bad_request',
      fault: expect.stringContaining('is still in use'),
    });
    const [service] = await admin.services.list({ host: from, binary: 'nova-compute' });
    const serviceId = service?.id ?? '';
    await admin.services.update(serviceId, { forcedDown: true });
    try {
      await admin.servers.evacuate(server.id, { host: to });
      await eventually(hostOf, to);
      await servers.waitFor(server.id, 'ACTIVE', PATIENCE);
      await volumeIsInUseOn(to);
      const migration = { type: 'evacuation', status: 'done', sourceCompute: from, destinationCompute: to };
      await eventually(lastMigration, migration);
    } finally {
      // Nova takes a host back only when it has cleaned up after those that left it, which it does at its start.
      await restartCompute(from);
      const isBack = (): Promise<boolean> =>
        admin.services.update(serviceId, { forcedDown: false }).then(
          ({ forcedDown }) => !forcedDown,
          () => false,
        );
      await eventually(isBack, true);
    }
  });
});
