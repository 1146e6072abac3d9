import type { UserContext } from '../nova/compute.ts';
import type { BlockDevice } from '../nova/model.ts';
import { connectReserved } from './attach.ts';
import type { ComputeHost } from './compute-host.ts';
import { disconnect } from './detach.ts';
import type { AttachedDisk } from './disk.ts';
import { moveTo } from './migrate.ts';

/** Rebuild on the server's own host. */
export async function rebuild(host: ComputeHost, user: UserContext, serverId: string): Promise<AttachedDisk[]> {
  for (const { volumeId } of host.server(serverId).blockDevices) await host.api.getVolume(user, volumeId);
  return await buildAgain(host, user, serverId);
}

/** Evacuation to this host: it does all of it; the old one is dead and its disks are gone with it. */
export async function evacuate(host: ComputeHost, user: UserContext, serverId: string): Promise<AttachedDisk[]> {
  const disks = await buildAgain(host, user, serverId);
  moveTo(host, serverId);
  return disks;
}

async function buildAgain(host: ComputeHost, user: UserContext, serverId: string): Promise<AttachedDisk[]> {
  const before = host.server(serverId).blockDevices;
  const after: BlockDevice[] = [];
  for (const device of before) {
    await host.compute.discover(user);
    const created = await host.compute.createAttachment(user, device.volumeId, serverId, null);
    after.push({ ...device, attachmentId: String(created['id']), connectionInfo: undefined });
  }
  for (const { volumeId } of before) await disconnect(host, user, serverId, volumeId);
  for (const device of after) host.state.nova.saveBlockDevice(serverId, device);
  const disks: AttachedDisk[] = [];
  for (const device of after) disks.push(await connectReserved(host, user, serverId, device));
  return disks;
}
