import { rm, truncate } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { rogueServer } from '../../../test/rogue-server.ts';
import { clientOf, temporaryCloud } from '../../../test/temporary-cloud.ts';
import type { FakeCloud } from '../fake-cloud.ts';
import { SimulatedCompute } from './simulated-compute.ts';

interface Scene {
  readonly cloud: FakeCloud;
  readonly compute: SimulatedCompute;
  readonly serverId: string;
  readonly volumeId: string;
}

/** `refuse`: requests of nova-compute that get 503 instead of reaching Cinder. */
async function scene(refuse?: (method: string, path: string) => boolean): Promise<Scene> {
  const cloud = await temporaryCloud();
  cloud.addFlavor({ name: 'any' });
  const cinderEndpoint = await rogueServer(async (request, response) => {
    const [method, path] = [request.method ?? '', request.url ?? ''];
    if (refuse?.(method, path) === true) {
      response.writeHead(503).end();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) {
      if (typeof value === 'string' && /^(?:x-|openstack|content-type)/.test(name)) headers.set(name, value);
    }
    const body = Buffer.concat(chunks).toString();
    const answer = await fetch(`${cloud.endpoints.blockStorage}${path}`, {
      method,
      headers,
      ...(body === '' ? {} : { body }),
    });
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(await answer.text());
  });
  return {
    cloud,
    compute: new SimulatedCompute({ cloud, host: 'compute-1', cinderEndpoint }),
    serverId: cloud.addServer({ name: 'vm', flavor: 'any', host: 'compute-1' }).id,
    volumeId: cloud.addVolume({ sizeGiB: 1 }).id,
  };
}

function deletions({ cloud }: Scene): number[] {
  return cloud
    .novaCalls()
    .filter(({ method }) => method === 'DELETE')
    .map(({ status }) => status);
}

describe('an attach that fails is rolled back as Nova does it', () => {
  it('no answer to the connector: one DELETE', async () => {
    const here = await scene((method) => method === 'PUT');
    await expect(here.compute.attachVolume(here.serverId, here.volumeId)).rejects.toMatchObject({
      code: 'cinder',
      status: 503,
    });
    expect(deletions(here)).toEqual([200]);
    expect(here.cloud.volume(here.volumeId)?.status).toBe('available');
    expect(here.cloud.attachments()).toEqual([]);
    expect(here.cloud.server(here.serverId)?.blockDevices).toEqual([]);
  });

  it('a disk of another size than the volume: DELETE twice, and the disk is not left open', async () => {
    const here = await scene();
    await truncate(here.cloud.volumeFile(here.volumeId), 4096);
    await expect(here.compute.attachVolume(here.serverId, here.volumeId)).rejects.toMatchObject({
      code: 'disk_unusable',
      message: expect.stringMatching(/has 4096 bytes, the volume has 1073741824$/),
    });
    expect(deletions(here)).toEqual([200, 404]);
    expect(here.compute.disk(here.serverId, here.volumeId)).toBeUndefined();
    expect(here.cloud.volume(here.volumeId)?.status).toBe('available');
  });

  it('a disk that is not there: DELETE twice', async () => {
    const here = await scene();
    await rm(here.cloud.volumeFile(here.volumeId));
    await expect(here.compute.attachVolume(here.serverId, here.volumeId)).rejects.toMatchObject({
      code: 'disk_unusable',
    });
    expect(deletions(here)).toEqual([200, 404]);
  });

  it('os-complete fails: the disk leaves the server, DELETE twice', async () => {
    const here = await scene((method, path) => method === 'POST' && path.endsWith('/action'));
    await expect(here.compute.attachVolume(here.serverId, here.volumeId)).rejects.toMatchObject({ code: 'cinder' });
    expect(deletions(here)).toEqual([200, 404]);
    expect(here.compute.disk(here.serverId, here.volumeId)).toBeUndefined();
  });
});

it('a volume that is already attached to the server is refused before Cinder is asked', async () => {
  const here = await scene();
  await here.compute.attachVolume(here.serverId, here.volumeId);
  here.cloud.forgetRequests();
  await expect(here.compute.attachVolume(here.serverId, here.volumeId)).rejects.toMatchObject({
    code: 'already_attached',
  });
  expect(here.cloud.novaCalls()).toEqual([]);
});

it('a detach that Cinder refuses leaves the volume detaching, in Nova as well as in Cinder', async () => {
  let broken = false;
  const here = await scene((method) => broken && method === 'DELETE');
  await here.compute.attachVolume(here.serverId, here.volumeId);
  broken = true;
  await expect(here.compute.detachVolume(here.serverId, here.volumeId)).rejects.toMatchObject({ status: 503 });
  expect(here.cloud.volume(here.volumeId)?.status).toBe('detaching');
  expect(here.cloud.server(here.serverId)?.blockDevices).toHaveLength(1);
  expect(here.compute.disk(here.serverId, here.volumeId)).toBeUndefined();

  broken = false;
  here.cloud.setVolumeStatus(here.volumeId, 'in-use');
  await here.compute.detachVolume(here.serverId, here.volumeId);
  expect(here.cloud.volume(here.volumeId)?.status).toBe('available');
});

it('a server is deleted even when Cinder refuses, and the attachment stays behind, as with Nova', async () => {
  let broken = false;
  const here = await scene((method) => broken && method === 'DELETE');
  await here.compute.attachVolume(here.serverId, here.volumeId);
  broken = true;
  await here.compute.deleteServer(here.serverId);
  expect(here.cloud.server(here.serverId)).toBeUndefined();
  expect(here.cloud.attachments()).toHaveLength(1);
  expect(here.compute.failures).toHaveLength(1);
});

it('a hard reboot opens the same path again, and fails when what Nova remembers is no longer true', async () => {
  const here = await scene();
  const before = await here.compute.attachVolume(here.serverId, here.volumeId);
  const [after] = await here.compute.hardReboot(here.serverId);
  expect(after?.devicePath).toBe(before.devicePath);
  await rm(here.cloud.volumeFile(here.volumeId));
  await expect(here.compute.hardReboot(here.serverId)).rejects.toMatchObject({ code: 'disk_unusable' });
});

it('a live migration that fails at the destination leaves the server and its attachment where they were', async () => {
  const here = await scene();
  const { attachmentId } = await here.compute.attachVolume(here.serverId, here.volumeId);
  const nowhere = await rogueServer((_, response) => response.writeHead(503).end());
  const destination = new SimulatedCompute({ cloud: here.cloud, host: 'compute-2', cinderEndpoint: nowhere });
  await expect(here.compute.liveMigrate(here.serverId, destination)).rejects.toMatchObject({ status: 503 });
  expect(here.cloud.server(here.serverId)).toMatchObject({ host: 'compute-1', blockDevices: [{ attachmentId }] });
  expect(here.compute.disk(here.serverId, here.volumeId)?.handle).toBeDefined();
});

describe("through the users' Nova API", () => {
  it('a server boots with a volume, moves with its ports, and is deleted', async () => {
    const { cloud, volumeId } = await scene();
    const [flavor] = cloud.state.nova.flavors();
    const network = cloud.addNetwork({ name: 'net', physicalNetwork: 'p', segmentationId: 1 });
    const user = clientOf(cloud.credentials.demo());
    const { id } = await user.compute.servers.create({
      name: 'booted',
      flavorId: flavor?.id ?? '',
      networks: [{ networkId: network.id }],
      volumeIds: [volumeId],
    });
    await expect.poll(async () => (await user.compute.servers.get(id)).status).toBe('ACTIVE');
    expect(await user.compute.servers.listVolumes(id)).toMatchObject([{ volumeId, device: '/dev/vda' }]);
    expect(await user.network.ports.list({ deviceId: id })).toHaveLength(1);
    await user.compute.servers.delete(id);
    await expect.poll(() => cloud.server(id)).toBeUndefined();
    expect(cloud.volume(volumeId)?.status).toBe('available');
    expect(await user.network.ports.list({ deviceId: id })).toEqual([]);
  });

  it('a server whose volume cannot be attached ends in ERROR and says why', async () => {
    const here = await scene();
    await rm(here.cloud.volumeFile(here.volumeId));
    const [flavor] = here.cloud.state.nova.flavors();
    const user = clientOf(here.cloud.credentials.demo());
    const request = { name: 'x', flavorId: flavor?.id ?? '', networks: 'none', volumeIds: [here.volumeId] } as const;
    const { id } = await user.compute.servers.create(request);
    await expect.poll(async () => (await user.compute.servers.get(id)).status).toBe('ERROR');
    expect((await user.compute.servers.get(id)).faultMessage).toContain('Could not open');
    expect(here.cloud.volume(here.volumeId)?.status).toBe('available');
  });

  it('a volume that is not available is refused with the words of Cinder, and nothing is reserved', async () => {
    const here = await scene();
    here.cloud.setVolumeStatus(here.volumeId, 'error');
    const user = clientOf(here.cloud.credentials.demo());
    await expect(user.compute.servers.attachVolume(here.serverId, here.volumeId)).rejects.toMatchObject({
      code: 'bad_request',
      fault: expect.stringContaining('error state'),
    });
    expect(here.cloud.attachments()).toEqual([]);
  });
});
