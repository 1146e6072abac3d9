import { expect, it } from 'vitest';
import { contract } from './contract.ts';
import { deleteVolume } from './parts.ts';

contract('encrypted volumes', (cloud) => {
  const { volumeTypes } = cloud.admin.blockStorage;
  const { volumes } = cloud.member.blockStorage;

  it('volumes of an encrypted type are encrypted, and say how', async () => {
    const typical = (await volumeTypes.list()).find(({ name }) => name === cloud.names.volumeType);
    const type = await volumeTypes.create({ name: cloud.uniqueName(), extraSpecs: typical?.extraSpecs });
    cloud.cleanUp(() => volumeTypes.delete(type.id));
    expect(await volumeTypes.encryption(type.id)).toBeUndefined();
    const encryption = {
      provider: 'luks',
      controlLocation: 'front-end',
      cipher: 'aes-xts-plain64',
      keySizeBits: 256,
    } as const;
    await volumeTypes.createEncryption(type.id, encryption);
    expect(await volumeTypes.encryption(type.id)).toMatchObject(encryption);
    await expect(volumeTypes.createEncryption(type.id, encryption)).rejects.toMatchObject({
      code: 'bad_request',
      fault: `Volume type encryption for type ${type.id} already exists.`,
    });

    const { id } = await volumes.create({ name: cloud.uniqueName(), sizeGiB: 1, volumeType: type.name });
    cloud.cleanUp(() => deleteVolume(cloud.member, id));
    const volume = await volumes.waitFor(id, 'available', { timeoutMs: 120_000 });
    expect(volume.encrypted).toBe(true);
    expect(await volumes.encryption(id)).toMatchObject({ ...encryption, keyId: expect.any(String) });
    await expect(volumeTypes.deleteEncryption(type.id)).rejects.toMatchObject({
      code: 'bad_request',
      fault: 'Cannot delete encryption specs. Volume type in use.',
    });

    await deleteVolume(cloud.member, id);
    await volumeTypes.deleteEncryption(type.id);
    expect(await volumeTypes.encryption(type.id)).toBeUndefined();
    await expect(volumeTypes.deleteEncryption(type.id)).rejects.toMatchObject({ code: 'not_found' });
  });
});
