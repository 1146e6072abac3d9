import { describe, expect, it } from 'vitest';
import { clientOf, temporaryCloud } from '../../../test/temporary-cloud.ts';
import type { OpenStackClient } from '../../index.ts';
import type { FakeCloud } from '../fake-cloud.ts';

const connector = { host: 'host-1', ip: '127.0.0.1', mountpoint: '/dev/vdb' };

/** A request that the client's types would not let through. */
async function askCinder(
  cloud: FakeCloud,
  request: { readonly method: string; readonly url: string; readonly body: unknown },
): Promise<Response> {
  const token = cloud.state.token('iorcl', 'service').value;
  return await fetch(`${cloud.endpoints.blockStorage}/v3${request.url}`, {
    method: request.method,
    headers: { 'x-auth-token': token, 'openstack-api-version': 'volume 3.44', 'content-type': 'application/json' },
    body: JSON.stringify(request.body),
  });
}

async function scene(): Promise<{ cloud: FakeCloud; client: OpenStackClient; serverId: string; volumeId: string }> {
  const cloud = await temporaryCloud();
  cloud.addFlavor({ name: 'any' });
  const server = cloud.addServer({ name: 'vm', flavor: 'any', host: 'host-1' });
  return {
    cloud,
    client: clientOf(cloud.credentials.service),
    serverId: server.id,
    volumeId: cloud.addVolume({ sizeGiB: 1 }).id,
  };
}

describe("Cinder's rules for attachments, as the fake keeps them", () => {
  it('available - reserved - attaching - in-use - available, and each answer says what Cinder says then', async () => {
    const { cloud, client, serverId, volumeId } = await scene();
    const { attachments } = client.blockStorage;
    const status = (): string | undefined => cloud.volume(volumeId)?.status;

    const reserved = await attachments.create({ volumeId, instanceId: serverId, connector: null });
    expect(reserved).toMatchObject({
      status: 'reserved',
      attachMode: undefined,
      connectionInfo: {},
      instanceId: serverId,
    });
    expect(status()).toBe('reserved');

    const connected = await attachments.update(reserved.id, connector);
    expect(connected.status).toBe('reserved');
    expect(connected.connectionInfo).toEqual({
      driver_volume_type: 'gpfs',
      name: `volume-${volumeId}`,
      device_path: cloud.volumeFile(volumeId),
      qos_specs: null,
      access_mode: 'rw',
      encrypted: false,
      cacheable: false,
      attachment_id: reserved.id,
    });
    expect(status()).toBe('attaching');
    expect(await attachments.get(reserved.id)).toMatchObject({ status: 'attaching', attachMode: 'rw' });
    expect((await client.blockStorage.volumes.get(volumeId)).attachments).toEqual([]);

    await attachments.complete(reserved.id);
    expect(status()).toBe('in-use');
    expect((await client.blockStorage.volumes.get(volumeId)).attachments).toEqual([
      { attachmentId: reserved.id, serverId, hostName: 'host-1', device: '/dev/vdb' },
    ]);

    expect(await attachments.delete(reserved.id)).toEqual([]);
    expect(status()).toBe('available');
    await expect(attachments.delete(reserved.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('a volume in use takes a second attachment for the same server, none for another', async () => {
    const { cloud, client, serverId, volumeId } = await scene();
    const { attachments } = client.blockStorage;
    const first = await attachments.create({ volumeId, instanceId: serverId, connector });
    await attachments.complete(first.id);

    const second = await attachments.create({ volumeId, instanceId: serverId, connector: { host: 'host-2' } });
    expect(cloud.volume(volumeId)?.status).toBe('attaching');
    expect(await attachments.delete(second.id)).toMatchObject([{ id: first.id, status: 'attached' }]);
    expect(cloud.volume(volumeId)?.status).toBe('in-use');

    const other = cloud.addServer({ name: 'other', flavor: 'any', host: 'host-1' });
    for (const instanceId of [other.id, undefined]) {
      const refused = attachments.create({ volumeId, instanceId, connector: null });
      await expect(refused).rejects.toMatchObject({ status: 400, code: 'bad_request' });
    }
    expect(cloud.attachments()).toHaveLength(1);
  });

  it('a volume with a connected attachment refuses to connect a second one by update', async () => {
    const { client, serverId, volumeId } = await scene();
    const { attachments } = client.blockStorage;
    await attachments.create({ volumeId, instanceId: serverId, connector }).then(({ id }) => attachments.complete(id));
    const second = await attachments.create({ volumeId, instanceId: serverId, connector: null });
    await expect(attachments.update(second.id, connector)).rejects.toMatchObject({
      status: 500,
      fault: expect.stringContaining('duplicate connectors detected'),
    });
  });

  it('connecting an attached attachment again puts volume and attachment back to attaching', async () => {
    const { cloud, client, volumeId } = await scene();
    const { attachments } = client.blockStorage;
    const { id } = await attachments.create({ volumeId, connector });
    await attachments.complete(id);
    const again = await attachments.update(id, { host: 'io-host-1' });
    expect(again.status).toBe('attached');
    expect(cloud.volume(volumeId)?.status).toBe('attaching');
    expect(cloud.attachments()).toMatchObject([{ status: 'attaching', host: 'io-host-1' }]);
  });

  it.each([
    ['an empty connector', {}, 400],
    ['a connector without host', { ip: '127.0.0.1' }, 500],
  ])('%s is refused and changes nothing', async (_, broken, status) => {
    const { cloud, client, volumeId } = await scene();
    const { id } = await client.blockStorage.attachments.create({ volumeId, connector: null });
    const request = { method: 'PUT', url: `/attachments/${id}`, body: { attachment: { connector: broken } } };
    expect((await askCinder(cloud, request)).status).toBe(status);
    expect(cloud.volume(volumeId)?.status).toBe('reserved');
    expect(cloud.attachments()).toMatchObject([{ status: 'reserved', connectionInfo: {} }]);
  });

  it('a read-only connector makes a read-only attachment', async () => {
    const { client, volumeId } = await scene();
    const { id } = await client.blockStorage.attachments.create({ volumeId, connector: null });
    await client.blockStorage.attachments.update(id, { host: 'h', mode: 'ro' });
    expect((await client.blockStorage.attachments.get(id)).attachMode).toBe('ro');
  });

  it('a volume with an attachment cannot be deleted', async () => {
    const { cloud, client, volumeId } = await scene();
    const { id } = await client.blockStorage.attachments.create({ volumeId, connector: null });
    await expect(client.blockStorage.volumes.delete(volumeId)).rejects.toMatchObject({ status: 400 });
    await client.blockStorage.attachments.delete(id);
    await client.blockStorage.volumes.delete(volumeId);
    expect(cloud.volume(volumeId)).toBeUndefined();
  });
});
