import type { UserContext } from '../nova/compute.ts';
import { connectReserved } from './attach.ts';
import type { ComputeHost } from './compute-host.ts';
import type { AttachedDisk } from './disk.ts';
import { moveTo, swapForReservation } from './migrate.ts';

/** Shelve with offload: the server is on no host, its volumes are reserved for it. */
export async function shelve(host: ComputeHost, user: UserContext, serverId: string): Promise<void> {
  for (const device of host.server(serverId).blockDevices) {
    await host.compute.discover(user);
    await swapForReservation(host, user, serverId, device);
  }
  host.state.nova.updateServer(serverId, { host: undefined, status: 'SHELVED_OFFLOADED' });
  host.state.neutron.bindPortsOf(serverId, undefined);
}

/** The server comes to this host. */
export async function unshelve(host: ComputeHost, user: UserContext, serverId: string): Promise<AttachedDisk[]> {
  const disks: AttachedDisk[] = [];
  for (const device of host.server(serverId).blockDevices) {
    disks.push(await connectReserved(host, user, serverId, device));
  }
  moveTo(host, serverId);
  return disks;
}
