import { expect, it } from 'vitest';
import { contract } from './contract.ts';
import { deleteVolume, hostsOfMovers, newMover } from './parts.ts';
import { eventually } from './waiting.ts';

contract('volumes of several servers', (cloud) => {
  const { blockStorage, compute } = cloud.member;

  it('a volume of a multiattach type is attached to two servers at a time', async ({ skip }) => {
    if ((await hostsOfMovers(cloud)).length === 0) skip(`this cloud has no zone ${cloud.names.zoneOfMovers}`);
    const [typical] = (await cloud.admin.blockStorage.volumeTypes.list()).filter(
      ({ name }) => name === cloud.names.volumeType,
    );
    const backend = typical?.extraSpecs?.['volume_backend_name'] ?? '';
    const type = await cloud.admin.blockStorage.volumeTypes.create({
      name: cloud.uniqueName(),
      extraSpecs: { multiattach: '<is> True', volume_backend_name: backend },
    });
    cloud.cleanUp(() => cloud.admin.blockStorage.volumeTypes.delete(type.id));
    const { id } = await blockStorage.volumes.create({ name: cloud.uniqueName(), sizeGiB: 1, volumeType: type.name });
    cloud.cleanUp(() => deleteVolume(cloud.member, id));
    const volume = await blockStorage.volumes.waitFor(id, 'available', { timeoutMs: 60_000 });
    expect(volume.multiattach).toBe(true);

    const [first, second] = await Promise.all([newMover(cloud), newMover(cloud)]);
    const servers = async (): Promise<readonly (string | undefined)[]> =>
      (await blockStorage.volumes.get(id)).attachments.map(({ serverId }) => serverId).sort();
    const status = async (): Promise<string> => (await blockStorage.volumes.get(id)).status;
    await compute.servers.attachVolume(first.id, id);
    await eventually(status, 'in-use');
    await compute.servers.attachVolume(second.id, id);
    await eventually(servers, [first.id, second.id].sort());
    await eventually(status, 'in-use');
    await expect(compute.servers.attachVolume(second.id, id)).rejects.toMatchObject({ code: 'bad_request' });

    await compute.servers.detachVolume(first.id, id);
    await eventually(servers, [second.id]);
    await eventually(status, 'in-use');
    await compute.servers.detachVolume(second.id, id);
    await eventually(servers, []);
    await eventually(status, 'available');
  });
});
