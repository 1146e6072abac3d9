import { expect, it } from 'vitest';
import type { OpenStackClient } from '../src/index.ts';
import { type FakeCloud, type FakeServer, type FakeVolume, SimulatedCompute } from '../src/testing/index.ts';
import { clientOf, temporaryCloud } from './temporary-cloud.ts';

interface Stage {
  readonly cloud: FakeCloud;
  readonly first: SimulatedCompute;
  readonly second: SimulatedCompute;
  readonly user: OpenStackClient;
  readonly admin: OpenStackClient;
  readonly server: FakeServer;
  readonly volume: FakeVolume;
}

/** Two compute hosts; a server on the first one with an attached volume. */
async function stage(): Promise<Stage> {
  const cloud = await temporaryCloud();
  cloud.addFlavor({ name: 'small' });
  cloud.addFlavor({ name: 'large', vcpus: 2 });
  const first = new SimulatedCompute({ cloud, host: 'compute-1' });
  const second = new SimulatedCompute({ cloud, host: 'compute-2' });
  const server = cloud.addServer({ name: 'vm', flavor: 'small', host: 'compute-1' });
  const volume = cloud.addVolume({ sizeGiB: 1 });
  await first.attachVolume(server.id, volume.id);
  const [user, admin] = [clientOf(cloud.credentials.demo()), clientOf(cloud.credentials.admin)];
  return { cloud, first, second, user, admin, server, volume };
}

it('a live migration through the API moves the disk, and is listed', async () => {
  const { cloud, first, second, user, admin, server, volume } = await stage();
  await admin.compute.servers.liveMigrate(server.id, { host: 'compute-2' });
  await user.compute.servers.waitFor(server.id, 'ACTIVE');
  expect(cloud.server(server.id)?.host).toBe('compute-2');
  expect(first.disk(server.id, volume.id)).toBeUndefined();
  expect(second.disk(server.id, volume.id)?.handle).toBeDefined();
  expect(await admin.compute.migrations.list({ serverId: server.id })).toMatchObject([
    { type: 'live-migration', status: 'completed', sourceCompute: 'compute-1', destinationCompute: 'compute-2' },
  ]);
});

it('a live migration that has nowhere to go leaves the server where it is', async () => {
  const { cloud, user, admin, server } = await stage();
  await admin.compute.servers.liveMigrate(server.id, { host: 'compute-9' });
  expect((await user.compute.servers.waitFor(server.id, 'ACTIVE')).status).toBe('ACTIVE');
  expect(cloud.server(server.id)?.host).toBe('compute-1');
  expect(await admin.compute.migrations.list({ serverId: server.id })).toMatchObject([{ status: 'error' }]);
});

it('a resize waits for its confirmation, and can be taken back', async () => {
  const { cloud, second, user, admin, server, volume } = await stage();
  const large = (await user.compute.flavors.list()).find(({ name }) => name === 'large');
  await user.compute.servers.resize(server.id, large?.id ?? '');
  const resized = await user.compute.servers.waitFor(server.id, 'VERIFY_RESIZE');
  expect(resized.flavor).toMatchObject({ name: 'large', vcpus: 2 });
  expect(second.disk(server.id, volume.id)).toBeDefined();
  await user.compute.servers.revertResize(server.id);
  expect((await user.compute.servers.waitFor(server.id, 'ACTIVE')).flavor.name).toBe('small');
  expect(cloud.server(server.id)?.host).toBe('compute-1');
  expect(await admin.compute.migrations.list({ serverId: server.id })).toMatchObject([{ status: 'reverted' }]);
});

it('an evacuation is refused while the host is up, and brings the server with its disk to another one', async () => {
  const { cloud, first, second, user, admin, server, volume } = await stage();
  await expect(admin.compute.servers.evacuate(server.id)).rejects.toMatchObject({ code: 'bad_request' });
  await first.die();
  const [service] = await admin.compute.services.list({ host: 'compute-1' });
  const down = await admin.compute.services.update(service?.id ?? '', { forcedDown: true });
  expect(down).toMatchObject({ forcedDown: true, state: 'down' });
  await admin.compute.servers.evacuate(server.id);
  await user.compute.servers.waitFor(server.id, 'ACTIVE');
  expect(cloud.server(server.id)?.host).toBe('compute-2');
  expect(second.disk(server.id, volume.id)).toBeDefined();
});

it('a server that is stopped has no disk open, and its disk again when it is started', async () => {
  const { first, user, server, volume } = await stage();
  await user.compute.servers.stop(server.id);
  await user.compute.servers.waitFor(server.id, 'SHUTOFF');
  expect(first.disk(server.id, volume.id)).toBeUndefined();
  await user.compute.servers.start(server.id);
  await user.compute.servers.waitFor(server.id, 'ACTIVE');
  expect(first.disk(server.id, volume.id)?.handle).toBeDefined();
});

it('Cinder tells Nova that a volume in use has grown', async () => {
  const { cloud, first, user, volume } = await stage();
  cloud.forgetRequests();
  await user.blockStorage.volumes.extend(volume.id, 3);
  expect((await user.blockStorage.volumes.get(volume.id)).sizeGiB).toBe(3);
  await expect
    .poll(() => first.calls.map(({ method, token }) => `${method} by ${token.user}`))
    .toEqual(['GET by nova']);
});

it('QoS specs for the front end are in connection_info, those of the back end are not', async () => {
  const { first, user, admin, server } = await stage();
  for (const [consumer, expected] of [
    ['front-end', { total_iops_sec: '100' }],
    ['back-end', null],
  ] as const) {
    const type = await admin.blockStorage.volumeTypes.create({ name: consumer });
    const qos = await admin.blockStorage.qosSpecs.create({
      name: consumer,
      consumer,
      specs: { total_iops_sec: '100' },
    });
    await admin.blockStorage.qosSpecs.associate(qos.id, type.id);
    const { id } = await user.blockStorage.volumes.create({ sizeGiB: 1, volumeType: consumer });
    await user.blockStorage.volumes.waitFor(id, 'available');
    const disk = await first.attachVolume(server.id, id);
    expect(disk.connectionInfo['qos_specs'], consumer).toEqual(expected);
  }
});
