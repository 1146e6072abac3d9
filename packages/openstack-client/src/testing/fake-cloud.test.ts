import { stat } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { clientOf, temporaryCloud } from '../../test/temporary-cloud.ts';
import { tokenAuth } from '../index.ts';
import type { FakeCloud } from './fake-cloud.ts';
import { SimulatedCompute } from './simulated-compute/simulated-compute.ts';

async function tenants(): Promise<{ cloud: FakeCloud; serverId: string; volumeId: string; networkId: string }> {
  const cloud = await temporaryCloud();
  cloud.addFlavor({ name: 'io', extraSpecs: { 'io:enabled': '1' } });
  const network = cloud.addNetwork({ name: 'net-a', physicalNetwork: 'physnet1', segmentationId: 120 });
  const server = cloud.addServer({ name: 'vm', flavor: 'io', networks: [network], host: 'compute-1', project: 'a' });
  const volume = cloud.addVolume({ sizeGiB: 2, project: 'a' });
  return { cloud, serverId: server.id, volumeId: volume.id, networkId: network.id };
}

describe('who sees what', () => {
  it('an admin of project service sees servers, volumes, ports and provider attributes of every tenant', async () => {
    const { cloud, serverId, volumeId, networkId } = await tenants();
    const client = clientOf(cloud.credentials.service);
    expect(await client.compute.servers.get(serverId)).toMatchObject({
      name: 'vm',
      status: 'ACTIVE',
      host: 'compute-1',
      flavor: { name: 'io', extraSpecs: { 'io:enabled': '1' } },
    });
    expect(await client.compute.servers.list()).toEqual([]);
    expect(await client.compute.servers.list({ allProjects: true, host: 'compute-1' })).toHaveLength(1);
    expect(await client.compute.servers.list({ allProjects: true, host: 'compute-2' })).toEqual([]);
    expect(await client.blockStorage.volumes.get(volumeId)).toMatchObject({ sizeGiB: 2, status: 'available' });
    expect(await client.network.ports.list({ deviceId: serverId })).toMatchObject([
      { networkId, hostId: 'compute-1', fixedIps: [{ ipAddress: '10.0.0.50' }] },
    ]);
    expect(await client.network.networks.get(networkId)).toMatchObject({
      name: 'net-a',
      networkType: 'vlan',
      physicalNetwork: 'physnet1',
      segmentationId: 120,
    });
  });

  it('the role service alone sees nothing', async () => {
    const { cloud, serverId, volumeId, networkId } = await tenants();
    const client = clientOf(cloud.addUser({ name: 'bare', project: 'service', roles: ['service'] }));
    await expect(client.compute.servers.get(serverId)).rejects.toMatchObject({ code: 'not_found' });
    await expect(client.blockStorage.volumes.get(volumeId)).rejects.toMatchObject({ code: 'not_found' });
    expect(await client.compute.servers.list({ allProjects: true })).toEqual([]);
    expect(await client.network.ports.list({ deviceId: serverId })).toEqual([]);
    await expect(client.network.networks.get(networkId)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('a tenant sees what is theirs, without hosts and provider attributes; another tenant sees nothing of it', async () => {
    const { cloud, serverId, volumeId, networkId } = await tenants();
    const owner = clientOf(cloud.credentials.demo('a'));
    expect(await owner.compute.servers.get(serverId)).toMatchObject({ name: 'vm', host: undefined });
    expect(await owner.network.networks.get(networkId)).toMatchObject({
      networkType: undefined,
      segmentationId: undefined,
    });
    expect(await owner.network.ports.list({ deviceId: serverId })).toMatchObject([{ hostId: undefined }]);

    const stranger = clientOf(cloud.credentials.demo('b'));
    await expect(stranger.compute.servers.get(serverId)).rejects.toMatchObject({ code: 'not_found' });
    await expect(stranger.blockStorage.volumes.get(volumeId)).rejects.toMatchObject({ code: 'not_found' });
    expect(await stranger.network.ports.list({ deviceId: serverId })).toEqual([]);
  });

  it('only an admin makes flavors; extra specs of existing servers stay as they were', async () => {
    const { cloud, serverId } = await tenants();
    const flavor = { name: 'big', vcpus: 2, ramMiB: 512, diskGiB: 1 };
    await expect(clientOf(cloud.credentials.demo('a')).compute.flavors.create(flavor)).rejects.toMatchObject({
      code: 'forbidden',
    });
    const admin = clientOf(cloud.credentials.admin);
    const { id } = await admin.compute.flavors.create(flavor);
    await expect(admin.compute.flavors.create(flavor)).rejects.toMatchObject({ code: 'conflict' });
    await admin.compute.flavors.setExtraSpecs(id, { 'io:enabled': 'yes' });
    const flavors = await admin.compute.flavors.list();
    expect(flavors.map(({ name, extraSpecs }) => [name, extraSpecs])).toEqual([
      ['io', { 'io:enabled': '1' }],
      ['big', { 'io:enabled': 'yes' }],
    ]);
    const io = flavors.find(({ name }) => name === 'io');
    await admin.compute.flavors.setExtraSpecs(io?.id ?? '', { 'io:enabled': '0' });
    expect((await admin.compute.servers.get(serverId)).flavor.extraSpecs).toEqual({ 'io:enabled': '1' });
    await admin.compute.flavors.delete(id);
    expect(await admin.compute.flavors.list()).toHaveLength(1);
  });
});

describe('versions', () => {
  it('GET / needs no token, and its links follow the Host header', async () => {
    const cloud = await temporaryCloud();
    const response = await fetch(cloud.endpoints.blockStorage, { redirect: 'manual' });
    expect(response.status).toBe(300);
    expect(JSON.stringify(await response.json())).toContain(`"href":"${cloud.endpoints.blockStorage}/v3/"`);
  });

  it.each([
    ['volume 3.71', 406],
    ['volume 3.26', 404],
    ['volume 3.27', 200],
    ['volume 3.70', 200],
    [undefined, 404],
  ])('attachments with the microversion %s: %i', async (microversion, status) => {
    const cloud = await temporaryCloud();
    const token = cloud.state.token('iorcl', 'service').value;
    const response = await fetch(`${cloud.endpoints.blockStorage}/v3/attachments`, {
      headers: {
        'x-auth-token': token,
        ...(microversion === undefined ? {} : { 'openstack-api-version': microversion }),
      },
    });
    expect(response.status).toBe(status);
  });

  it("the path's project must be the token's", async () => {
    const cloud = await temporaryCloud();
    const headers = { 'x-auth-token': cloud.state.token('iorcl', 'service').value };
    const ask = async (project: string): Promise<number> =>
      (await fetch(`${cloud.endpoints.blockStorage}/v3/${project}/volumes`, { headers })).status;
    expect(await ask(cloud.state.keystone.project('service').id)).toBe(200);
    expect(await ask(cloud.state.keystone.project('admin').id)).toBe(400);
    expect(await ask('x')).toBe(404);
  });
});

describe('faults', () => {
  it.each(['compute', 'block-storage', 'network', 'identity'] as const)(
    '%s can be out of order and come back',
    async (name) => {
      const cloud = await temporaryCloud();
      const ask = (): Promise<unknown> => {
        const client = clientOf(cloud.credentials.admin);
        if (name === 'compute') return client.compute.servers.list();
        if (name === 'network') return client.network.ports.list();
        return name === 'identity' ? client.token() : client.blockStorage.volumes.list();
      };
      await cloud.outage(name, true);
      await expect(ask()).rejects.toMatchObject({ code: 'service_unavailable', service: name });
      await cloud.outage(name, 'refused');
      await expect(ask()).rejects.toMatchObject({ code: 'connection_failed', service: name });
      await cloud.outage(name, false);
      await ask();
    },
  );
});

describe('volumes', () => {
  it('are sparse files of their size, also after an extend, and gone after a delete', async () => {
    const cloud = await temporaryCloud();
    const client = clientOf(cloud.credentials.demo());
    const { id } = await client.blockStorage.volumes.create({ sizeGiB: 3, name: 'data' });
    expect(await client.blockStorage.volumes.get(id)).toMatchObject({ status: 'available', sizeGiB: 3, name: 'data' });
    const file = await stat(cloud.volumeFile(id));
    expect(file).toMatchObject({ size: 3 * 1024 ** 3 });
    expect(file.blocks).toBeLessThan(100);
    cloud.extendVolume(id, 4);
    expect((await stat(cloud.volumeFile(id))).size).toBe(4 * 1024 ** 3);
    await client.blockStorage.volumes.delete(id);
    await expect(stat(cloud.volumeFile(id))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('of a type of the test may have any connection_info', async () => {
    const cloud = await temporaryCloud();
    cloud.addVolumeType({
      name: 'array',
      connect: (volume, _, connector) => ({
        driver_volume_type: 'iscsi',
        data: { target_lun: 1, for: connector['host'], size: volume.sizeGiB },
      }),
    });
    const volume = cloud.addVolume({ sizeGiB: 1, type: 'array' });
    const client = clientOf(cloud.credentials.demo());
    const attachment = await client.blockStorage.attachments.create({ volumeId: volume.id, connector: { host: 'h1' } });
    expect(attachment.connectionInfo).toMatchObject({ driver_volume_type: 'iscsi', target_lun: 1, for: 'h1', size: 1 });
  });
});

it('requests are recorded with whose tokens they carried', async () => {
  const cloud = await temporaryCloud();
  const client = clientOf(cloud.credentials.service);
  await client.blockStorage.attachments.list();
  expect(cloud.requests('block-storage')).toMatchObject([
    {
      method: 'GET',
      microversion: 'volume 3.44',
      token: { user: 'iorcl', project: 'service', roles: ['reader', 'member', 'admin', 'service'] },
      serviceToken: undefined,
      status: 200,
    },
  ]);
  cloud.forgetRequests();
  expect(cloud.requests()).toEqual([]);
  expect(() => tokenAuth({ authUrl: cloud.authUrl, token: 'x' }).identify()).not.toThrow();
});

it('beyond its quota a project gets no more, as Cinder and Nova say it', async () => {
  const cloud = await temporaryCloud();
  const flavorId = cloud.addFlavor({ name: 'small' }).id;
  new SimulatedCompute({ cloud, host: 'compute-1' });
  const user = clientOf(cloud.credentials.demo());
  cloud.setQuotas('demo', { volumes: 2, gigabytes: 10, snapshots: 0, instances: 1 });
  const { volumes, snapshots } = user.blockStorage;
  const refused = (status: number, fault: string): object => ({ code: 'quota_exceeded', status, fault });

  const first = await volumes.create({ sizeGiB: 6 });
  await expect(volumes.create({ sizeGiB: 5 })).rejects.toMatchObject({ code: 'quota_exceeded', status: 413 });
  await volumes.create({ sizeGiB: 1 });
  await expect(volumes.create({ sizeGiB: 1 })).rejects.toMatchObject(
    refused(413, "VolumeLimitExceeded: Maximum number of volumes allowed (2) exceeded for quota 'volumes'."),
  );
  await volumes.waitFor(first, 'available', { intervalMs: 1 });
  await expect(volumes.extend(first.id, 10)).rejects.toMatchObject({ code: 'quota_exceeded' });
  await expect(snapshots.create({ volumeId: first.id })).rejects.toMatchObject({ code: 'quota_exceeded' });

  await user.compute.servers.create({ name: 'one', flavorId, imageId: 'i', networks: 'none' });
  await expect(
    user.compute.servers.create({ name: 'two', flavorId, imageId: 'i', networks: 'none' }),
  ).rejects.toMatchObject(refused(403, 'Quota exceeded for instances: Requested 1, but already used 1 of 1 instances'));

  cloud.setQuotas('demo', {});
  await volumes.create({ sizeGiB: 100 });
});

it("a server's console output is what it wrote, the last lines if so wished", async () => {
  const cloud = await temporaryCloud();
  cloud.addFlavor({ name: 'small' });
  const { id } = cloud.addServer({ name: 'vm', flavor: 'small', host: 'compute-1' });
  const { servers } = clientOf(cloud.credentials.demo()).compute;
  expect(await servers.consoleOutput(id)).toBe('');
  cloud.writeConsole(id, 'first\nsecond\n');
  cloud.writeConsole(id, 'third');
  expect(await servers.consoleOutput(id)).toBe('first\nsecond\nthird');
  expect(await servers.consoleOutput(id, 2)).toBe('second\nthird');
});
