import type { NetlinkSocket } from '../socket/netlink-socket.ts';
import { changeLink } from './change.ts';
import { deleteLink } from './delete.ts';
import type { EnsureOptions } from './ensure.ts';
import type { NewVeth } from './kind/veth.ts';
import type { Link } from './link.ts';
import { changeDifference } from './link-difference.ts';
import { findLink } from './query.ts';

/**
 * Makes sure that the other end of a pair is as wanted.
 *
 * @returns `missing` when the link's other end is not where it should be; a link in its place, of another pair, is deleted.
 */
export async function ensureVethPeer(
  home: NetlinkSocket,
  there: NetlinkSocket,
  link: Link,
  { peer: wanted }: NewVeth,
  options: EnsureOptions,
): Promise<'same' | 'changed' | 'missing'> {
  if (wanted.namespace === undefined) return await ensureIn(home, there, link, wanted, options);
  using socket = home.openIn(wanted.namespace);
  return await ensureIn(socket, there, link, wanted, options);
}

async function ensureIn(
  socket: NetlinkSocket,
  there: NetlinkSocket,
  link: Link,
  wanted: NewVeth['peer'],
  options: EnsureOptions,
): Promise<'same' | 'changed' | 'missing'> {
  const peer = await findLink(socket, wanted.name, options);
  if (peer === undefined) return 'missing';
  const isPair = peer.kind === 'veth' && peer.link === link.index && link.link === peer.index;
  // Indexes of two namespaces may be equal by chance: each end must say that the other one is where we look.
  const apart = socket !== there;
  if (!isPair || (!apart && (peer.linkNamespaceId !== undefined || link.linkNamespaceId !== undefined))) {
    if (peer.kind === 'veth' && options.onConflict !== 'throw') await deleteLink(socket, peer.index, options);
    return 'missing';
  }
  const { name: _name, namespace: _namespace, ...rest } = wanted;
  const difference = changeDifference(peer, rest);
  if (Object.keys(difference).length === 0) return 'same';
  await changeLink(socket, peer.index, difference, options);
  return 'changed';
}
