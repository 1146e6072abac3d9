import type { NetlinkSocket } from '../../socket/netlink-socket.ts';
import { createLink, type NewLink } from '../create.ts';

/** Creates an Ethernet bridge, without spanning tree. @throws KernelError */
export async function createBridge(socket: NetlinkSocket, link: NewLink): Promise<void> {
  await createLink(socket, link, { kind: 'bridge' });
}
