import { open } from 'node:fs/promises';
import { expect, it, vi } from 'vitest';
import { ConflictError } from '../src/index.ts';
import { SimulatedCompute, SimulatedNovaError } from '../src/testing/index.ts';
import { clientOf, temporaryCloud } from './temporary-cloud.ts';

it('a user attaches a volume through Nova, the server writes to it, and the user detaches it', async () => {
  const cloud = await temporaryCloud();
  cloud.addFlavor({ name: 'plain' });
  const compute = new SimulatedCompute({ cloud, host: 'compute-1' });
  const server = cloud.addServer({ name: 'vm', flavor: 'plain', host: 'compute-1' });
  const volume = cloud.addVolume({ sizeGiB: 1 });
  const user = clientOf(cloud.credentials.demo());

  const attached = await user.compute.servers.attachVolume(server.id, volume.id);
  expect(attached.device).toBe('/dev/vdb');
  await vi.waitFor(async () => expect((await user.blockStorage.volumes.get(volume.id)).status).toBe('in-use'));
  await compute.disk(server.id, volume.id)?.handle?.write(Buffer.from('written by the server'), 0, 21, 4096);
  await using file = await open(cloud.volumeFile(volume.id));
  const { buffer } = await file.read(Buffer.alloc(21), 0, 21, 4096);
  expect(buffer.toString()).toBe('written by the server');

  await user.compute.servers.detachVolume(server.id, volume.id);
  await vi.waitFor(async () => expect((await user.blockStorage.volumes.get(volume.id)).status).toBe('available'));
  expect(cloud.attachments()).toEqual([]);
  expect(compute.disk(server.id, volume.id)).toBeUndefined();
  expect(compute.failures).toEqual([]);
});

it('an attach that the compute host cannot finish leaves the volume available and nothing in Nova', async () => {
  const cloud = await temporaryCloud();
  cloud.addFlavor({ name: 'plain' });
  cloud.addVolumeType({ name: 'odd', connect: () => ({ driver_volume_type: 'odd', data: {} }) });
  const compute = new SimulatedCompute({ cloud, host: 'compute-1' });
  const server = cloud.addServer({ name: 'vm', flavor: 'plain', host: 'compute-1' });
  const volume = cloud.addVolume({ sizeGiB: 1, type: 'odd' });

  const attach = compute.attachVolume(server.id, volume.id);
  await expect(attach).rejects.toThrow(SimulatedNovaError);
  await expect(attach).rejects.toMatchObject({ code: 'volume_driver_not_found' });
  expect(cloud.volume(volume.id)?.status).toBe('available');
  expect(cloud.server(server.id)?.blockDevices).toEqual([]);
});

it("even an admin with role service cannot delete Nova's attachment without a service token", async () => {
  const cloud = await temporaryCloud();
  cloud.addFlavor({ name: 'plain' });
  const compute = new SimulatedCompute({ cloud, host: 'compute-1' });
  const server = cloud.addServer({ name: 'vm', flavor: 'plain', host: 'compute-1' });
  const volume = cloud.addVolume({ sizeGiB: 1 });
  const { attachmentId } = await compute.attachVolume(server.id, volume.id);

  const service = clientOf(cloud.credentials.service);
  const refused = service.blockStorage.attachments.delete(attachmentId);
  await expect(refused).rejects.toThrow(ConflictError);
  await expect(refused).rejects.toMatchObject({
    status: 409,
    fault: `ConflictNovaUsingAttachment: Detach volume from instance ${server.id} using the Compute API`,
  });
  expect(cloud.volume(volume.id)?.status).toBe('in-use');
});
