import { randomUUID } from 'node:crypto';
import type { UserContext } from '../nova/compute.ts';
import type { BlockDevice, FakeServer } from '../nova/model.ts';
import type { ComputeHost } from './compute-host.ts';
import { foldConnectionInfo } from './connection-info.ts';
import type { AttachedDisk } from './disk.ts';
import { SimulatedNovaError } from './simulated-nova-error.ts';

/** nova-api's part of an attach: look, and reserve. */
export async function reserveVolume(
  host: ComputeHost,
  user: UserContext,
  server: FakeServer,
  volumeId: string,
): Promise<BlockDevice> {
  if (host.state.nova.blockDevice(server.id, volumeId) !== undefined) {
    const message = `Invalid volume: volume ${volumeId} already attached`;
    throw new SimulatedNovaError('already_attached', message, { status: 400 });
  }
  await host.api.getVolume(user, volumeId);
  await host.api.discover(user);
  return reserveOnly(host, user, server, volumeId);
}

/** The reservation alone, for a server that already was looked at. */
export async function reserveOnly(
  host: ComputeHost,
  user: UserContext,
  server: FakeServer,
  volumeId: string,
): Promise<BlockDevice> {
  const attachment = await host.api.createAttachment(user, volumeId, server.id, null);
  const device: BlockDevice = {
    uuid: randomUUID(),
    volumeId,
    attachmentId: String(attachment['id']),
    device: host.state.nova.freeDeviceName(server.id),
    connectionInfo: undefined,
    deleteOnTermination: false,
  };
  host.state.nova.saveBlockDevice(server.id, device);
  return device;
}

/** nova-compute's part of an attach; undoes itself as Nova does when a step fails. */
export async function attachReserved(
  host: ComputeHost,
  user: UserContext,
  serverId: string,
  device: BlockDevice,
): Promise<AttachedDisk> {
  try {
    return await connectReserved(host, user, serverId, device);
  } catch (error) {
    // Nova's compute manager deletes the attachment once more, and ignores that it is gone already.
    await deleteIgnoringMissing(host, user, device.attachmentId);
    host.state.nova.removeBlockDevice(serverId, device.volumeId);
    throw error;
  }
}

/** Connects a reserved volume and gives it to the server: attach, unshelve, the end of a rebuild. */
export async function connectReserved(
  host: ComputeHost,
  user: UserContext,
  serverId: string,
  device: BlockDevice,
): Promise<AttachedDisk> {
  await host.compute.discover(user);
  await host.compute.getVolumeOnCompute(user, device.volumeId);
  const connector = host.connector(device.device);
  const attachment = await host.compute.updateAttachment(user, device.attachmentId, connector);
  let disk: AttachedDisk;
  try {
    const info = foldConnectionInfo(attachment);
    disk = await host.plug(serverId, device, info);
    host.state.nova.saveBlockDevice(serverId, { ...device, connectionInfo: { ...info } });
  } catch (error) {
    await host.compute.deleteAttachment(user, device.attachmentId);
    throw error;
  }
  try {
    await host.compute.completeAttachment(user, device.attachmentId);
  } catch (error) {
    await host.unplug(serverId, device.volumeId);
    await host.compute.deleteAttachment(user, device.attachmentId);
    throw error;
  }
  return disk;
}

async function deleteIgnoringMissing(host: ComputeHost, user: UserContext, attachmentId: string): Promise<void> {
  try {
    await host.compute.deleteAttachment(user, attachmentId);
  } catch (error) {
    if (!(error instanceof SimulatedNovaError && error.status === 404)) throw error;
  }
}
