import { beforeAll, expect, it } from 'vitest';
import type { Server } from '../../src/index.ts';
import { contract } from './contract.ts';
import { newServer, newVolume } from './parts.ts';
import { eventually } from './waiting.ts';

contract('attachments', (cloud) => {
  const { blockStorage, compute } = cloud.member;
  const { attachments } = blockStorage;
  const connector = { host: 'contract-host', ip: '127.0.0.1', initiator: 'iqn.2026-01.contract:1', multipath: false };
  const volumeStatus = async (id: string): Promise<string> => (await blockStorage.volumes.get(id)).status;
  let server: Server;
  beforeAll(async () => {
    server = await newServer(cloud);
  });

  it('reserve, connect, complete, delete: the life of an attachment', async () => {
    const volume = await newVolume(cloud);
    const reserved = await attachments.create({ volumeId: volume.id, connector: null });
    expect(reserved).toMatchObject({
      status: 'reserved',
      volumeId: volume.id,
      attachMode: undefined,
      connectionInfo: {},
    });
    expect(await volumeStatus(volume.id)).toBe('reserved');

    const connected = await attachments.update(reserved.id, connector);
    expect(connected.connectionInfo).toMatchObject({ attachment_id: reserved.id, access_mode: 'rw', encrypted: false });
    expect(connected.status).toBe('reserved');
    expect(await attachments.get(reserved.id)).toMatchObject({ status: 'attaching', attachMode: 'rw' });
    expect(await volumeStatus(volume.id)).toBe('attaching');

    await attachments.complete(reserved.id);
    expect((await attachments.get(reserved.id)).status).toBe('attached');
    const inUse = await cloud.admin.blockStorage.volumes.get(volume.id);
    expect(inUse.status).toBe('in-use');
    expect(inUse.attachments).toMatchObject([{ attachmentId: reserved.id, hostName: 'contract-host' }]);

    expect(await attachments.delete(reserved.id)).toEqual([]);
    expect(await volumeStatus(volume.id)).toBe('available');
    await expect(attachments.get(reserved.id)).rejects.toMatchObject({
      code: 'not_found',
      fault: `Volume attachment could not be found with filter: attachment_id = ${reserved.id}.`,
    });
  });

  it('an attachment that is made with a connector is connected at once', async () => {
    const volume = await newVolume(cloud);
    const created = await attachments.create({ volumeId: volume.id, connector });
    expect(created.connectionInfo).toMatchObject({ attachment_id: created.id });
    expect((await attachments.get(created.id)).status).toBe('attaching');
    await attachments.delete(created.id);
    expect(await volumeStatus(volume.id)).toBe('available');
  });

  it('a connector for an attached volume is accepted, and makes it attaching again', async () => {
    const volume = await newVolume(cloud);
    const { id } = await attachments.create({ volumeId: volume.id, connector });
    await attachments.complete(id);
    await attachments.update(id, { ...connector, host: 'contract-host-2' });
    expect((await attachments.get(id)).status).toBe('attaching');
    expect(await volumeStatus(volume.id)).toBe('attaching');
    await attachments.delete(id);
  });

  it('a connector that is empty, or without host, is refused', async () => {
    const volume = await newVolume(cloud);
    const { id } = await attachments.create({ volumeId: volume.id, connector: null });
    const withoutHost = { ...connector, host: undefined };
    // @ts-expect-error: the types don't allow it
    await expect(attachments.update(id, {})).rejects.toMatchObject({ code: 'bad_request', status: 400 });
    // @ts-expect-error: the types don't allow it
    await expect(attachments.update(id, withoutHost)).rejects.toMatchObject({ status: 500 });
    await attachments.delete(id);
  });

  it('two attachments of one server may be reserved, but not both be connected', async () => {
    const volume = await newVolume(cloud);
    const instanceId = server.id;
    const first = await attachments.create({ volumeId: volume.id, instanceId, connector: null });
    const second = await attachments.create({ volumeId: volume.id, instanceId, connector: null });
    await attachments.update(first.id, connector);
    await expect(attachments.update(second.id, connector)).rejects.toMatchObject({
      status: 500,
      fault: expect.stringContaining(`duplicate connectors detected on volume ${volume.id}`),
    });
    expect((await attachments.delete(first.id)).map(({ id }) => id)).toEqual([second.id]);
    await attachments.delete(second.id);
    expect(await volumeStatus(volume.id)).toBe('available');
  });

  it('a volume in use by nobody else can be reserved only once', async () => {
    const volume = await newVolume(cloud);
    const { id } = await attachments.create({ volumeId: volume.id, connector: null });
    await expect(attachments.create({ volumeId: volume.id, connector: null })).rejects.toMatchObject({
      code: 'bad_request',
      status: 400,
      fault: expect.stringContaining('but the current status is reserved'),
    });
    await attachments.delete(id);
  });

  it('a list comes page by page', async () => {
    const made: string[] = [];
    for (let index = 0; index < 3; index++) {
      const volume = await newVolume(cloud);
      const { id } = await attachments.create({ volumeId: volume.id, connector: null });
      cloud.cleanUp(() => attachments.delete(id));
      made.push(id);
    }
    const seen: string[] = [];
    for await (const { id } of attachments.list({ status: 'reserved' }, { pageSize: 2 })) seen.push(id);
    expect(seen).toEqual(expect.arrayContaining(made));
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('Nova attaches a volume, and nobody but Nova can take it away', async () => {
    const volume = await newVolume(cloud);
    const attached = await compute.servers.attachVolume(server.id, volume.id);
    cloud.cleanUp(async () => {
      if ((await volumeStatus(volume.id)) === 'in-use') await compute.servers.detachVolume(server.id, volume.id);
    });
    expect(attached).toMatchObject({ serverId: server.id, volumeId: volume.id, device: '/dev/vdb' });
    await eventually(() => volumeStatus(volume.id), 'in-use');

    const [listed] = await compute.servers.listVolumes(server.id);
    expect(listed).toMatchObject({ volumeId: volume.id, device: '/dev/vdb', attachmentId: expect.any(String) });
    const attachmentId = listed?.attachmentId ?? '';
    const found = await cloud.admin.blockStorage.attachments.list({ instanceId: server.id, allProjects: true });
    expect(found.map(({ id }) => id)).toEqual([attachmentId]);
    const { host } = await cloud.admin.compute.servers.get(server.id);
    const seen = await cloud.admin.blockStorage.volumes.get(volume.id);
    expect(seen.attachments).toMatchObject([{ attachmentId, serverId: server.id, hostName: host, device: '/dev/vdb' }]);

    for (const client of [cloud.member, cloud.service]) {
      await expect(client.blockStorage.attachments.delete(attachmentId)).rejects.toMatchObject({
        code: 'conflict',
        status: 409,
        fault: `ConflictNovaUsingAttachment: Detach volume from instance ${server.id} using the Compute API`,
      });
    }
    await expect(blockStorage.volumes.delete(volume.id)).rejects.toMatchObject({ code: 'bad_request' });
    await expect(compute.servers.attachVolume(server.id, volume.id)).rejects.toMatchObject({ code: 'bad_request' });

    await compute.servers.detachVolume(server.id, volume.id);
    await eventually(() => volumeStatus(volume.id), 'available');
    expect(await compute.servers.listVolumes(server.id)).toEqual([]);
    await expect(compute.servers.detachVolume(server.id, volume.id)).rejects.toMatchObject({
      code: 'not_found',
      fault: `Instance ${server.id} is not attached to volume ${volume.id}`,
    });
  });
});
