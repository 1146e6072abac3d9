import type { Link } from '../../link/link.ts';
import { findLink } from '../../link/query.ts';
import type { NetlinkSocket } from '../../socket/netlink-socket.ts';
import { inTenant, type PlugScene } from '../plug-scene.ts';
import { TenantNetworkError } from '../tenant-network-error.ts';

/**
 * A link that we have made and marked. One of its name without our mark is somebody else's, and is not touched.
 *
 * @throws TenantNetworkError `name_taken`
 */
export async function findOwnLink(
  socket: NetlinkSocket,
  { identity: { mark } }: PlugScene,
  name: string,
): Promise<Link | undefined> {
  const link = await findLink(socket, name);
  if (link === undefined || link.alias === mark) return link;
  throw new TenantNetworkError(
    'name_taken',
    `the link ${name} is not ours (its alias is "${link.alias ?? ''}", ours is "${mark}"); remove or rename it`,
  );
}

/** The tenant network's link, where it belongs. In a namespace of ours everything is ours; among the host's links it may not be. */
export async function findLeaf(scene: PlugScene): Promise<Link | undefined> {
  const { leaf } = scene.identity;
  if (scene.place === 'host') return await findOwnLink(scene.hostSocket, scene, leaf);
  return await inTenant(scene, (socket) => findLink(socket, leaf));
}
