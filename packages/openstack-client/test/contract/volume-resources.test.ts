import { expect, it } from 'vitest';
import { contract } from './contract.ts';
import { deleteVolume, newVolume } from './parts.ts';
import { eventually, eventuallyGone } from './waiting.ts';

contract('block storage', (cloud) => {
  const { blockStorage } = cloud.member;
  const asAdmin = cloud.admin.blockStorage;

  it('a volume is renamed, described, and gets other metadata', async () => {
    const volume = await newVolume(cloud);
    const name = cloud.uniqueName();
    const changed = await blockStorage.volumes.update(volume.id, {
      name,
      description: 'changed',
      metadata: { a: 'b' },
    });
    expect(changed).toMatchObject({ name, description: 'changed', metadata: { a: 'b' } });
    expect(await blockStorage.volumes.get(volume.id)).toMatchObject({ name, metadata: { a: 'b' } });
  });

  it('a volume beyond the quota is refused, and leaves nothing', async () => {
    const name = cloud.uniqueName();
    await expect(blockStorage.volumes.create({ name, sizeGiB: 100_000 })).rejects.toMatchObject({
      status: 413,
      code: 'quota_exceeded',
      retryable: false,
      fault: expect.stringMatching(
        /^VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota\. Requested 100000G, quota is \d+G and \d+G has been consumed\.$/,
      ),
    });
    expect(await blockStorage.volumes.list({ name })).toEqual([]);
  });

  it('a volume that finds no place fails, and says why', async () => {
    const extraSpecs = { volume_backend_name: 'there-is-none' };
    const type = await asAdmin.volumeTypes.create({ name: cloud.uniqueName(), extraSpecs });
    cloud.cleanUp(() => asAdmin.volumeTypes.delete(type.id));
    const { id } = await blockStorage.volumes.create({ name: cloud.uniqueName(), sizeGiB: 1, volumeType: type.name });
    cloud.cleanUp(() => deleteVolume(cloud.member, id));
    const reason = 'schedule allocate volume:Could not find any available weighted backend.';
    await expect(blockStorage.volumes.waitFor(id, 'available', { timeoutMs: 60_000 })).rejects.toMatchObject({
      code: 'resource_failed',
      fault: reason,
    });
    const [message] = await blockStorage.messages.list({ resourceId: id });
    expect(message).toMatchObject({ level: 'ERROR', resourceType: 'VOLUME', text: reason });
    expect(await blockStorage.messages.get(message?.id ?? '')).toMatchObject({ resourceId: id });
    await blockStorage.messages.delete(message?.id ?? '');
    expect(await blockStorage.messages.list({ resourceId: id })).toEqual([]);
  });

  it('a volume grows, and never shrinks', async () => {
    const volume = await newVolume(cloud);
    await expect(blockStorage.volumes.extend(volume.id, 1)).rejects.toMatchObject({
      code: 'bad_request',
      fault:
        'Invalid input received: New size for extend must be greater than current size. (current: 1, extended: 1).',
    });
    await blockStorage.volumes.extend(volume.id, 2);
    await eventually(async () => (await blockStorage.volumes.get(volume.id)).sizeGiB, 2);
    await blockStorage.volumes.waitFor(volume, 'available', { timeoutMs: 60_000 });
  });

  it('a snapshot keeps its volume from being deleted', async () => {
    const volume = await newVolume(cloud);
    const name = cloud.uniqueName();
    const created = await blockStorage.snapshots.create({ volumeId: volume.id, name });
    const gone = async (): Promise<void> => {
      await blockStorage.snapshots.delete(created.id);
      await eventuallyGone(() => blockStorage.snapshots.get(created.id));
    };
    cloud.cleanUp(gone);
    expect(created).toMatchObject({ status: 'creating', volumeId: volume.id, sizeGiB: 1, name });
    const snapshot = await blockStorage.snapshots.waitFor(created, 'available', { timeoutMs: 60_000 });
    expect(snapshot.status).toBe('available');
    const listed = await blockStorage.snapshots.list({ volumeId: volume.id });
    expect(listed.map(({ id }) => id)).toEqual([created.id]);
    await expect(blockStorage.volumes.delete(volume.id)).rejects.toMatchObject({
      code: 'bad_request',
      fault: expect.stringContaining('have snapshots'),
    });
    await gone();
    await expect(blockStorage.snapshots.get(created.id)).rejects.toMatchObject({
      code: 'not_found',
      fault: `Snapshot ${created.id} could not be found.`,
    });
    await deleteVolume(cloud.member, volume.id);
  });

  it('an admin makes a volume type with extra specs, which only admins see', async () => {
    const name = cloud.uniqueName();
    const extraSpecs = { 'contract:first': '1' };
    const type = await asAdmin.volumeTypes.create({ name, description: 'of a test', extraSpecs });
    cloud.cleanUp(() => asAdmin.volumeTypes.delete(type.id));
    expect(type).toMatchObject({ name, description: 'of a test', isPublic: true, extraSpecs });
    await asAdmin.volumeTypes.setExtraSpecs(type.id, { 'contract:second': '2' });
    expect(await asAdmin.volumeTypes.extraSpecs(type.id)).toEqual({ ...extraSpecs, 'contract:second': '2' });
    await asAdmin.volumeTypes.deleteExtraSpec(type.id, 'contract:first');
    expect((await asAdmin.volumeTypes.get(type.id)).extraSpecs).toEqual({ 'contract:second': '2' });
    expect(await blockStorage.volumeTypes.get(type.id)).toMatchObject({ name, extraSpecs: {}, qosSpecsId: undefined });
    expect((await blockStorage.volumeTypes.list()).map((each) => each.name)).toContain(name);
    await expect(asAdmin.volumeTypes.create({ name })).rejects.toMatchObject({ code: 'conflict' });
    await expect(blockStorage.volumeTypes.create({ name: cloud.uniqueName() })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await asAdmin.volumeTypes.delete(type.id);
    await expect(asAdmin.volumeTypes.get(type.id)).rejects.toMatchObject({
      code: 'not_found',
      fault: `Volume type ${type.id} could not be found.`,
    });
  });

  it('QoS specs belong to a volume type until they are taken from it', async () => {
    const type = await asAdmin.volumeTypes.create({ name: cloud.uniqueName() });
    cloud.cleanUp(() => asAdmin.volumeTypes.delete(type.id));
    const specs = { total_iops_sec: '100', read_bytes_sec: '1000' };
    const qos = await asAdmin.qosSpecs.create({ name: cloud.uniqueName(), consumer: 'front-end', specs });
    cloud.cleanUp(() => asAdmin.qosSpecs.delete(qos.id, true));
    expect(qos).toMatchObject({ consumer: 'front-end', specs });
    await asAdmin.qosSpecs.associate(qos.id, type.id);
    expect((await asAdmin.volumeTypes.get(type.id)).qosSpecsId).toBe(qos.id);
    await asAdmin.qosSpecs.set(qos.id, { total_iops_sec: '200' });
    await asAdmin.qosSpecs.deleteKeys(qos.id, ['read_bytes_sec']);
    expect((await asAdmin.qosSpecs.get(qos.id)).specs).toEqual({ total_iops_sec: '200' });
    await expect(asAdmin.qosSpecs.delete(qos.id)).rejects.toMatchObject({ fault: 'Qos specs still in use.' });
    await asAdmin.qosSpecs.disassociate(qos.id, type.id);
    expect((await asAdmin.volumeTypes.get(type.id)).qosSpecsId).toBeUndefined();
    await asAdmin.qosSpecs.delete(qos.id);
    await expect(asAdmin.qosSpecs.get(qos.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('admins see the services and whether they are up', async () => {
    const services = await asAdmin.services.list();
    expect(services.map(({ binary }) => binary)).toEqual(expect.arrayContaining(['cinder-volume', 'cinder-scheduler']));
    const backend = services.find(({ binary }) => binary === 'cinder-volume');
    expect(backend).toMatchObject({ status: 'enabled', state: 'up', host: expect.stringContaining('@') });
    await expect(blockStorage.services.list()).rejects.toMatchObject({
      code: 'forbidden',
      fault: "Policy doesn't allow volume_extension:services:index to be performed.",
    });
  });

  it('an admin sets the status of a volume, a user may not', async () => {
    const volume = await newVolume(cloud);
    const rule = 'volume_extension:volume_admin_actions:reset_status';
    await expect(blockStorage.volumes.resetStatus(volume.id, { status: 'error' })).rejects.toMatchObject({
      code: 'forbidden',
      fault: `Policy doesn't allow ${rule} to be performed.`,
    });
    await asAdmin.volumes.resetStatus(volume.id, { status: 'error' });
    expect((await blockStorage.volumes.get(volume.id)).status).toBe('error');
    await expect(blockStorage.volumes.waitFor(volume, 'available', { timeoutMs: 60_000 })).rejects.toMatchObject({
      code: 'resource_failed',
    });
    await asAdmin.volumes.resetStatus(volume.id, { status: 'available' });
  });

  it('a list comes page by page, newest first', async () => {
    const name = cloud.uniqueName();
    for (let index = 0; index < 3; index++) {
      const { id } = await blockStorage.volumes.create({ name, sizeGiB: 1 });
      cloud.cleanUp(() => deleteVolume(cloud.member, id));
    }
    const sizes: string[] = [];
    for await (const volume of blockStorage.volumes.list({ name }, { pageSize: 2 })) sizes.push(volume.id);
    expect(new Set(sizes).size).toBe(3);
    expect((await blockStorage.volumes.list({ name })).map(({ id }) => id)).toEqual(sizes);
  });
});
