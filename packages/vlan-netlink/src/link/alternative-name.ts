import { nestedAttribute } from '../codec/attribute.ts';
import { text } from '../codec/attribute-value.ts';
import { encodeLinkMessage } from '../codec/link-message.ts';
import { MessageFlag } from '../codec/message.ts';
import type { NetlinkSocket, RequestOptions } from '../socket/netlink-socket.ts';
import { LinkAttribute, LinkRequest } from './link-attribute.ts';
import { checkAlternativeName } from './link-name.ts';
import { findLink } from './query.ts';

async function change(
  socket: NetlinkSocket,
  verb: 'add' | 'delete',
  index: number,
  names: readonly string[],
  options?: RequestOptions,
): Promise<{ readonly changed: boolean }> {
  for (const name of names) checkAlternativeName(name);
  const present = (await findLink(socket, index, options))?.alternativeNames ?? [];
  const different = names.filter((name) => present.includes(name) === (verb === 'delete'));
  if (different.length === 0) return { changed: false };
  const properties = different.map((name) => text(LinkAttribute.alternativeName, name));
  await socket.request(
    {
      type: verb === 'add' ? LinkRequest.addProperty : LinkRequest.deleteProperty,
      flags: verb === 'add' ? MessageFlag.create | MessageFlag.exclusive : 0,
      isRead: false,
      payload: encodeLinkMessage({
        family: 0,
        hardwareType: 0,
        index,
        flags: 0,
        change: 0,
        attributes: [nestedAttribute(LinkAttribute.properties, properties)],
      }),
      description: `${verb} alternative names of the link with index ${index}: ${different.join(', ')}`,
    },
    options,
  );
  return { changed: true };
}

/**
 * Gives the link more names, each of up to 127 bytes; those that it has are fine.
 *
 * @throws LinkNameError; KernelError `EEXIST` when another link has the name, `EOPNOTSUPP` on Linux older than 5.5.
 */
export async function ensureAlternativeNames(
  socket: NetlinkSocket,
  index: number,
  names: readonly string[],
  options?: RequestOptions,
): Promise<{ readonly changed: boolean }> {
  return await change(socket, 'add', index, names, options);
}

/** Takes names from the link; those that it has not are fine. @throws LinkNameError; KernelError */
export async function deleteAlternativeNames(
  socket: NetlinkSocket,
  index: number,
  names: readonly string[],
  options?: RequestOptions,
): Promise<{ readonly changed: boolean }> {
  return await change(socket, 'delete', index, names, options);
}
