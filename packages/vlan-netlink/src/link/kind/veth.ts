import { attribute } from '../../codec/attribute.ts';
import type { NetlinkSocket, RequestOptions } from '../../socket/netlink-socket.ts';
import { type CreatedLink, createLinkOfKind, encodeNewLink, type NewLink } from '../create.ts';
import type { LinkKind } from './link-kind.ts';

/** VETH_INFO_PEER (`<linux/veth.h>`). */
const PEER = 1;

/** An end of a pair. The kernel cannot bring it up before the other end exists: use `changeLink` for that. */
export type NewVethEnd = Omit<NewLink, 'up'>;

export interface NewVeth extends NewVethEnd {
  /** The other end; without `namespace` it appears in the socket's namespace. */
  readonly peer: NewVethEnd;
}

export function vethKind({ peer }: NewVeth): LinkKind {
  return { kind: 'veth', startsDown: true, data: [attribute(PEER, encodeNewLink(peer, []))] };
}

/** Creates a pair of links; what goes into one comes out of the other. @throws KernelError */
export async function createVeth(socket: NetlinkSocket, link: NewVeth, options?: RequestOptions): Promise<CreatedLink> {
  return await createLinkOfKind(socket, link, vethKind(link), options);
}
