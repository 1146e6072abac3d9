import type { Attribute } from '../codec/attribute.ts';
import { u32 } from '../codec/attribute-value.ts';
import { encodeLinkMessage } from '../codec/link-message.ts';
import type { NetlinkRequest } from '../socket/exchange.ts';
import { isKernelError } from '../socket/kernel-error.ts';
import type { NetlinkSocket, RequestOptions } from '../socket/netlink-socket.ts';
import { LinkAttribute, LinkRequest } from './link-attribute.ts';

function request(index: number, attributes: readonly Attribute[], description: string): NetlinkRequest {
  const payload = encodeLinkMessage({ family: 0, hardwareType: 0, index, flags: 0, change: 0, attributes });
  return { type: LinkRequest.delete, payload, description };
}

/** The request that deletes a link, for {@link NetlinkSocket.requestAll}. @throws RangeError */
export function deleteLinkRequest(index: number): NetlinkRequest {
  // Index 0 with no name would mean "any link" to the kernel of some versions.
  if (!Number.isInteger(index) || index <= 0) throw new RangeError(`${index} is no link index`);
  return request(index, [], `delete the link with index ${index}`);
}

/** Deletes the link with this index; a veth's peer goes with it. A link that is gone is fine. */
export async function deleteLink(
  socket: NetlinkSocket,
  index: number,
  options?: RequestOptions,
): Promise<{ readonly changed: boolean }> {
  return await deleting(socket, deleteLinkRequest(index), options);
}

/**
 * Deletes all links of a group at once, which is much faster than one by one: the kernel waits once for all of them.
 * A group without links is fine.
 *
 * @throws RangeError for group 0, in which all links are that nobody has put elsewhere.
 */
export async function deleteLinkGroup(
  socket: NetlinkSocket,
  group: number,
  options?: RequestOptions,
): Promise<{ readonly changed: boolean }> {
  if (!Number.isInteger(group) || group <= 0 || group > 0xffff_ffff) {
    throw new RangeError(`${group} is no group of links that could be deleted; 1 to 4294967295 are`);
  }
  return await deleting(
    socket,
    request(0, [u32(LinkAttribute.group, group)], `delete the links of group ${group}`),
    options,
  );
}

async function deleting(
  socket: NetlinkSocket,
  deletion: NetlinkRequest,
  options?: RequestOptions,
): Promise<{ readonly changed: boolean }> {
  try {
    await socket.request(deletion, options);
    return { changed: true };
  } catch (error) {
    if (isKernelError(error, 'ENODEV')) return { changed: false };
    throw error;
  }
}
