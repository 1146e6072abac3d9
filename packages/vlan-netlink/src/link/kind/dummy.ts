import type { NetlinkSocket, RequestOptions } from '../../socket/netlink-socket.ts';
import { type CreatedLink, createLinkOfKind, type NewLink } from '../create.ts';
import type { LinkKind } from './link-kind.ts';

export const dummyKind: LinkKind = { kind: 'dummy' };

/** Creates a link that drops whatever is sent through it. @throws KernelError */
export async function createDummy(
  socket: NetlinkSocket,
  link: NewLink,
  options?: RequestOptions,
): Promise<CreatedLink> {
  return await createLinkOfKind(socket, link, dummyKind, options);
}
