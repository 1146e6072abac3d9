import { expect, it } from 'vitest';
import { contract } from './contract.ts';
import { deleteVolume, newVolume } from './parts.ts';

const MISSING = '7a70376f-7b3d-4c9a-a0bc-6ccad2a70835';

contract('volumes', (cloud) => {
  it('a volume that a user made is theirs, and only theirs', async () => {
    const volume = await newVolume(cloud, 2);
    expect(volume).toMatchObject({
      status: 'available',
      sizeGiB: 2,
      volumeType: cloud.names.volumeType,
      multiattach: false,
      encrypted: false,
      bootable: false,
      attachments: [],
      metadata: {},
    });
    const { volumes } = cloud.member.blockStorage;
    const name = volume.name ?? '';
    expect((await volumes.list({ name })).map(({ id }) => id)).toEqual([volume.id]);
    expect(await cloud.admin.blockStorage.volumes.list({ name })).toEqual([]);
    const everywhere = await cloud.admin.blockStorage.volumes.list({ name, allProjects: true });
    expect(everywhere.map(({ id }) => id)).toEqual([volume.id]);
    expect(volume.host).toBeUndefined();
    expect((await cloud.admin.blockStorage.volumes.get(volume.id)).host).toMatch(/@/);
    await deleteVolume(cloud.member, volume.id);
  });

  it('a volume keeps the metadata it was made with', async () => {
    const { volumes } = cloud.member.blockStorage;
    const metadata = { purpose: 'contract', note: 'ünïcode' };
    const created = await volumes.create({ name: cloud.uniqueName(), sizeGiB: 1, metadata });
    cloud.cleanUp(() => deleteVolume(cloud.member, created.id));
    expect(created.metadata).toEqual(metadata);
    expect((await volumes.get(created.id)).metadata).toEqual(metadata);
  });

  it('a volume that is not there is not found', async () => {
    const expected = { code: 'not_found', status: 404, fault: `Volume ${MISSING} could not be found.` };
    await expect(cloud.member.blockStorage.volumes.get(MISSING)).rejects.toMatchObject(expected);
    await expect(cloud.member.blockStorage.volumes.delete(MISSING)).rejects.toMatchObject(expected);
  });

  it('a volume without size or of an unknown type is refused', async () => {
    const { volumes } = cloud.member.blockStorage;
    const name = cloud.uniqueName();
    await expect(volumes.create({ name, sizeGiB: 0 })).rejects.toMatchObject({ code: 'bad_request', status: 400 });
    await expect(volumes.create({ name, sizeGiB: 1, volumeType: 'no-such-type' })).rejects.toMatchObject({
      status: 404,
      fault: 'Volume type with name no-such-type could not be found.',
    });
  });
});
