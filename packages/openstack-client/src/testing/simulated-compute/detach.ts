import type { UserContext } from '../nova/compute.ts';
import type { ComputeHost } from './compute-host.ts';
import type { SimulatedNovaError } from './simulated-nova-error.ts';

/** nova-api's part of a detach. */
export async function beginDetaching(
  host: ComputeHost,
  user: UserContext,
  serverId: string,
  volumeId: string,
): Promise<void> {
  host.device(serverId, volumeId);
  await host.api.getVolume(user, volumeId);
  await host.api.beginDetaching(user, volumeId);
}

/**
 * nova-compute's part of a detach: the disk leaves the virtual machine first. If Cinder then refuses, Nova keeps the
 * volume in its list and the volume stays `detaching`.
 */
export async function detachVolume(
  host: ComputeHost,
  user: UserContext,
  serverId: string,
  volumeId: string,
): Promise<void> {
  await disconnect(host, user, serverId, volumeId);
  host.state.nova.removeBlockDevice(serverId, volumeId);
}

/** The calls alone, as a rebuild makes them too. */
export async function disconnect(
  host: ComputeHost,
  user: UserContext,
  serverId: string,
  volumeId: string,
): Promise<void> {
  const { attachmentId } = host.device(serverId, volumeId);
  await host.compute.discover(user);
  await host.compute.getVolumeOnCompute(user, volumeId);
  await host.unplug(serverId, volumeId);
  await host.compute.deleteAttachment(user, attachmentId);
}

/** Deletes a server. Nova goes on when Cinder fails; what failed is answered. */
export async function deleteServer(
  host: ComputeHost,
  user: UserContext,
  serverId: string,
): Promise<SimulatedNovaError[]> {
  const failures: SimulatedNovaError[] = [];
  const devices = host.server(serverId).blockDevices;
  for (const { volumeId } of devices) await host.unplug(serverId, volumeId);
  for (const { volumeId, attachmentId, deleteOnTermination } of devices) {
    try {
      await host.compute.deleteAttachment(user, attachmentId);
      if (deleteOnTermination) await host.compute.deleteVolume(user, volumeId);
    } catch (error) {
      failures.push(error as SimulatedNovaError);
    }
  }
  host.state.neutron.removePortsOf(serverId);
  host.state.nova.removeServer(serverId);
  return failures;
}
