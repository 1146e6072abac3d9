import type { NetlinkSocket } from '../../socket/netlink-socket.ts';
import { createLink, type NewLink } from '../create.ts';

/** Creates a link that drops whatever is sent through it. @throws KernelError */
export async function createDummy(socket: NetlinkSocket, link: NewLink): Promise<void> {
  await createLink(socket, link, { kind: 'dummy' });
}
