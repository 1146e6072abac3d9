import type { UserContext } from '../nova/compute.ts';
import type { BlockDevice } from '../nova/model.ts';
import type { ComputeHost } from './compute-host.ts';
import { foldConnectionInfo } from './connection-info.ts';
import type { AttachedDisk } from './disk.ts';

/**
 * Live migration: the destination makes a second attachment with its own connector, reads it back and completes it, while
 * the source still serves; only then the source deletes the old one.
 */
export async function liveMigrate(
  source: ComputeHost,
  destination: ComputeHost,
  user: UserContext,
  serverId: string,
): Promise<AttachedDisk[]> {
  const disks: AttachedDisk[] = [];
  const before = source.server(serverId).blockDevices;
  const after: BlockDevice[] = [];
  try {
    for (const device of before) {
      await destination.compute.discover(user);
      const connector = destination.connector(device.device);
      const created = await destination.compute.createAttachment(user, device.volumeId, serverId, connector);
      const moved: BlockDevice = { ...device, attachmentId: String(created['id']) };
      after.push(moved);
      const info = foldConnectionInfo(await destination.compute.getAttachment(user, moved.attachmentId));
      disks.push(await destination.plug(serverId, moved, info));
      await destination.compute.completeAttachment(user, moved.attachmentId);
      after.splice(-1, 1, { ...moved, connectionInfo: { ...info } });
    }
  } catch (error) {
    // The server stays where it is, with the attachments that it has there.
    for (const { volumeId, attachmentId } of after) {
      await destination.unplug(serverId, volumeId);
      await destination.compute.deleteAttachment(user, attachmentId);
    }
    throw error;
  }
  for (const device of after) source.state.nova.saveBlockDevice(serverId, device);
  moveTo(destination, serverId);
  for (const { volumeId, attachmentId } of before) {
    await source.unplug(serverId, volumeId);
    await source.compute.deleteAttachment(user, attachmentId);
  }
  return disks;
}

/** Cold migration, resize, and revert: the source swaps its attachment for a reservation, the destination connects it. */
export async function coldMigrate(
  source: ComputeHost,
  destination: ComputeHost,
  user: UserContext,
  serverId: string,
): Promise<AttachedDisk[]> {
  for (const device of source.server(serverId).blockDevices) {
    await source.compute.discover(user);
    await swapForReservation(source, user, serverId, device);
  }
  moveTo(destination, serverId);
  const disks: AttachedDisk[] = [];
  for (const device of destination.server(serverId).blockDevices) {
    await destination.compute.updateAttachment(user, device.attachmentId, destination.connector(device.device));
    const info = foldConnectionInfo(await destination.compute.getAttachment(user, device.attachmentId));
    disks.push(await destination.plug(serverId, device, info));
    await destination.compute.completeAttachment(user, device.attachmentId);
    destination.state.nova.saveBlockDevice(serverId, { ...device, connectionInfo: { ...info } });
  }
  return disks;
}

/** A new, empty attachment, then the old one deleted: so the volume is never free in between. */
export async function swapForReservation(
  host: ComputeHost,
  user: UserContext,
  serverId: string,
  device: BlockDevice,
): Promise<void> {
  await host.unplug(serverId, device.volumeId);
  const created = await host.compute.createAttachment(user, device.volumeId, serverId, null);
  const reserved: BlockDevice = { ...device, attachmentId: String(created['id']), connectionInfo: undefined };
  host.state.nova.saveBlockDevice(serverId, reserved);
  await host.compute.deleteAttachment(user, device.attachmentId);
}

/** From now on the server is on this host, with its ports. */
export function moveTo(host: ComputeHost, serverId: string): void {
  host.state.nova.updateServer(serverId, { host: host.host, status: 'ACTIVE' });
  host.state.neutron.bindPortsOf(serverId, host.host);
}
