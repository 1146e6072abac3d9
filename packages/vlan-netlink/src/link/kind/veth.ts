import { attribute } from '../../codec/attribute.ts';
import type { NetlinkSocket } from '../../socket/netlink-socket.ts';
import { createLink, encodeNewLink, type NewLink } from '../create.ts';

/** VETH_INFO_PEER (`<linux/veth.h>`). */
const PEER = 1;

/** An end of a pair. The kernel cannot bring it up before the other end exists: use `changeLink` for that. */
export type NewVethEnd = Omit<NewLink, 'up'>;

export interface NewVeth extends NewVethEnd {
  /** The other end; without `namespace` it appears in the socket's namespace. */
  readonly peer: NewVethEnd;
}

/** Creates a pair of links; what goes into one comes out of the other. @throws KernelError */
export async function createVeth(socket: NetlinkSocket, link: NewVeth): Promise<void> {
  await createLink(socket, link, { kind: 'veth', data: [attribute(PEER, encodeNewLink(link.peer, []))] });
}
