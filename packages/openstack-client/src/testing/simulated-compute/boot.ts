import { setTimeout as delay } from 'node:timers/promises';
import type { UserContext } from '../nova/compute.ts';
import type { FakeServer } from '../nova/model.ts';
import { attachReserved, reserveOnly, reserveVolume } from './attach.ts';
import type { ComputeHost } from './compute-host.ts';
import type { AttachedDisk } from './disk.ts';

/** nova-api's part of a boot with volumes. A server without image boots from the first one, which Nova looks at twice. */
export async function reserveForBoot(
  host: ComputeHost,
  user: UserContext,
  server: FakeServer,
  volumeIds: readonly string[],
): Promise<void> {
  for (const [index, volumeId] of volumeIds.entries()) {
    if (server.imageId === undefined && index === 0) {
      await host.api.getVolume(user, volumeId);
      await host.api.getVolume(user, volumeId);
      await host.api.discover(user);
      const device = await reserveOnly(host, user, server, volumeId);
      host.state.nova.saveBlockDevice(server.id, { ...device, device: '/dev/vda' });
    } else await reserveVolume(host, user, server, volumeId);
  }
}

/** How long a server has no networks yet while its volumes are already being attached. */
const NETWORKS_MS = 30;

/**
 * nova-compute's part. On failure the server is in ERROR and has none of its volumes.
 *
 * @param plugNetworks makes the ports of a new server
 */
export async function boot(
  host: ComputeHost,
  user: UserContext,
  serverId: string,
  plugNetworks?: () => void,
): Promise<AttachedDisk[]> {
  const disks: AttachedDisk[] = [];
  const networks = plugNetworks === undefined ? undefined : plugLater(host, serverId, plugNetworks);
  try {
    for (const device of host.server(serverId).blockDevices) {
      disks.push(await attachReserved(host, user, serverId, device));
    }
  } catch (error) {
    for (const device of host.server(serverId).blockDevices) {
      await host.unplug(serverId, device.volumeId);
      await host.compute.deleteAttachment(user, device.attachmentId);
      host.state.nova.removeBlockDevice(serverId, device.volumeId);
    }
    const fault = error instanceof Error ? error.message : String(error);
    host.state.nova.updateServer(serverId, { status: 'ERROR', fault });
    throw error;
  }
  await networks;
  const { name, console } = host.server(serverId);
  const booted = `${console}Booting ${name}\n${name} login: `;
  host.state.nova.updateServer(serverId, { status: 'ACTIVE', console: booted });
  return disks;
}

/** As nova-compute does: beside attaching volumes, whose attachments ask for the server when it has no port yet. */
async function plugLater(host: ComputeHost, serverId: string, plugNetworks: () => void): Promise<void> {
  await delay(NETWORKS_MS);
  if (host.state.nova.server(serverId) !== undefined) plugNetworks();
}
