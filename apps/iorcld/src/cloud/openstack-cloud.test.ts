import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpenStackClient, passwordAuth } from '@iorcl/openstack-client';
import { FakeCloud } from '@iorcl/openstack-client/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
    ...{ id: server.id, name: 'vm', taskState: undefined, host: 'compute-1' },
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
  expect(await cloud.volume(volume.id)).toMatchObject({ sizeGiB: 3, attachedHosts: new Map([[id, 'io-1']]) });
});

it('knows whom a token belongs to, and that a wrong one belongs to nobody', async () => {
  expect(await cloud.validate(await client.token())).toMatchObject({
    ...{ userName: 'iorcl', projectName: 'service', roles: expect.arrayContaining(['service']) },
  });
  expect(await cloud.validate('no-such-token')).toBeUndefined();
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
