import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpenStackClient, passwordAuth } from '@iorcl/openstack-client';
import { FakeCloud, SimulatedCompute } from '@iorcl/openstack-client/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectCloud } from './connect.ts';
import { OpenStackCloud } from './openstack-cloud.ts';

let directory: string;
let fake: FakeCloud;
let client: OpenStackClient;
let cloud: OpenStackCloud;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'iorcld-cloud-'));
  fake = await FakeCloud.start({ volumesDirectory: directory });
  client = new OpenStackClient({ auth: passwordAuth(fake.credentials.service) });
  cloud = new OpenStackCloud(client);
});
afterAll(async () => {
  await fake.stop();
  rmSync(directory, { recursive: true });
});

const connector = {
  host: 'io-1',
  ip: '192.0.2.1',
  platform: 'x86_64',
  os_type: 'linux',
  multipath: false,
  do_local_attach: false,
};

it('reads a server with the extra specs of its flavor, its ports and their networks', async () => {
  fake.addFlavor({ name: 'io.small', extraSpecs: { 'io:enabled': 'yes' } });
  const network = fake.addNetwork({ name: 'blue', physicalNetwork: 'physnet1', segmentationId: 7 });
  const server = fake.addServer({ name: 'vm', flavor: 'io.small', networks: [network.id], host: 'compute-1' });
  expect(await cloud.instance(server.id)).toEqual({
    ...{ id: server.id, name: 'vm', taskState: undefined, isBuilding: false, host: 'compute-1' },
    ...{ flavorName: 'io.small', extraSpecs: { 'io:enabled': 'yes' } },
  });
  const [port] = await cloud.ports(server.id);
  expect(port?.networkId).toBe(network.id);
  expect(await cloud.network(network.id)).toEqual({
    ...{ id: network.id, name: 'blue', type: 'vlan', physicalNetwork: 'physnet1', segmentationId: 7 },
  });
});

it('B4: gives an attachment our connector, as often as it is asked to', async () => {
  const volume = fake.addVolume({ sizeGiB: 3 });
  const { id } = await client.blockStorage.attachments.create({
    volumeId: volume.id,
    instanceId: undefined,
    connector: null,
  });
  expect(await cloud.attachment(id)).toMatchObject({ id, volumeId: volume.id, connectionInfo: undefined });
  const first = await cloud.connect(id, connector);
  expect(first.connectionInfo).toMatchObject({ driver_volume_type: 'gpfs' });
  expect((await cloud.connect(id, connector)).connectionInfo).toEqual(first.connectionInfo);
  await client.blockStorage.attachments.complete(id);
  expect(await cloud.volume(volume.id)).toMatchObject({
    sizeGiB: 3,
    completed: new Map([[id, { instanceId: undefined, host: 'io-1' }]]),
  });
});

it('knows which volumes Cinder has connected to a host', async () => {
  const attach = async (host: string) => {
    const { id: volumeId } = fake.addVolume({ sizeGiB: 1 });
    const { id } = await client.blockStorage.attachments.create({ volumeId, instanceId: undefined, connector: null });
    await cloud.connect(id, { ...connector, host });
    await client.blockStorage.attachments.complete(id);
    return { attachmentId: id, volumeId };
  };
  const [ours] = [await attach('io-7'), await attach('io-8')];
  expect(await cloud.connectedTo('io-7')).toEqual([expect.objectContaining(ours)]);
  expect(await cloud.connectedTo('io-9')).toEqual([]);
});

it('knows whom a token belongs to, and that a wrong one belongs to nobody', async () => {
  expect(await cloud.validate(await client.token())).toMatchObject({
    ...{ userName: 'iorcl', projectName: 'service', roles: expect.arrayContaining(['service']) },
  });
  expect(await cloud.validate('no-such-token')).toBeUndefined();
});

describe('as the service user with a service token', () => {
  const connect = () => {
    const { authUrl: auth_url, username, password, projectName: project_name } = fake.credentials.service;
    return connectCloud({
      ...{ auth_url, username, password, project_name, interface: 'public' },
      ...{ user_domain_name: 'Default', project_domain_name: 'Default' },
    });
  };

  it('H8: takes an attachment of a server that is gone out of Cinder, and is content where there is none', async () => {
    fake.addFlavor({ name: 'io.tiny', extraSpecs: { 'io:enabled': 'yes' } });
    const network = fake.addNetwork({ name: 'red', physicalNetwork: 'physnet1', segmentationId: 8 });
    const server = fake.addServer({ name: 'vm2', flavor: 'io.tiny', networks: [network.id], host: 'compute-1' });
    const volume = fake.addVolume({ sizeGiB: 1 });
    const simulated = new SimulatedCompute({
      ...{ cloud: fake, host: 'compute-1', cinderEndpoint: fake.endpoints.blockStorage },
    });
    const { attachmentId } = await simulated.attachVolume(server.id, volume.id);
    const { cloud: service, close } = connect();
    expect(await service.instanceVolumes(server.id)).toEqual(new Map([[volume.id, attachmentId]]));
    // Cinder refuses to whoever comes without a service token what Nova is using.
    await expect(client.blockStorage.attachments.delete(attachmentId)).rejects.toMatchObject({ code: 'conflict' });
    await service.deleteAttachment(attachmentId);
    await service.deleteAttachment(attachmentId);
    expect(fake.attachments().filter(({ id }) => id === attachmentId)).toEqual([]);
    close();
  });
});

it('knows the compute hosts, and whether it sees everything', async () => {
  expect(await cloud.computeHosts()).toContain('compute-1');
  expect(await cloud.seesEverything()).toBe(true);
});

it('H18: knows how a volume is encrypted', async () => {
  const [plain, encrypted] = [fake.addVolume({ sizeGiB: 1 }), fake.addVolume({ sizeGiB: 1, encrypted: true })];
  expect(await cloud.encryption(plain.id)).toBeUndefined();
  expect(await cloud.encryption(encrypted.id)).toEqual({ keyId: expect.any(String), provider: 'luks' });
});

it('reserves an address on a network by a port, finds it again, and gives it back', async () => {
  const network = fake.addNetwork({
    name: 'green',
    physicalNetwork: 'physnet1',
    segmentationId: 9,
    cidr: '10.9.0.0/24',
  });
  const port = { networkId: network.id, host: 'io-1', deviceId: `io-1/${network.id}`, deviceOwner: 'iorcl:export' };
  const made = await cloud.createExportPort(port);
  expect(made.addresses).toEqual([expect.stringMatching(/^10\.9\.0\.\d+\/24$/)]);
  expect(await cloud.exportPorts({ deviceOwner: 'iorcl:export', deviceId: port.deviceId })).toEqual([made]);
  await cloud.deletePort(made.id);
  await cloud.deletePort(made.id);
  expect(await cloud.exportPorts({ deviceOwner: 'iorcl:export', host: 'io-1' })).toEqual([]);
});

describe('a call that fails', () => {
  const id = '3f8e1f8e-6b1c-4b8e-9d5a-0c1d2e3f4a5b';
  it('not_found: only where the cloud says so', async () => {
    await expect(cloud.volume(id)).rejects.toMatchObject({ code: 'not_found', retryable: false });
  });
  it.each(['unavailable', 'refused'] as const)('unavailable: the service is %s', async (outage) => {
    await fake.outage('block-storage', outage);
    await expect(cloud.volume(id)).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    await fake.outage('block-storage', false);
  });
  it('unavailable: our own credentials are not accepted, which says nothing about the volume', async () => {
    const stranger = new OpenStackCloud(
      new OpenStackClient({ auth: passwordAuth({ ...fake.credentials.service, password: 'wrong' }) }),
    );
    await expect(stranger.volume(id)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
