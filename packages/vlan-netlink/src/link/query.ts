import type { Attribute } from '../codec/attribute.ts';
import { text, u32 } from '../codec/attribute-value.ts';
import { decodeLinkMessage, encodeLinkMessage } from '../codec/link-message.ts';
import { MessageFlag } from '../codec/message.ts';
import type { NetlinkRequest } from '../socket/exchange.ts';
import { isKernelError } from '../socket/kernel-error.ts';
import type { NetlinkSocket, RequestOptions } from '../socket/netlink-socket.ts';
import { decodeLink, type Link } from './link.ts';
import { LinkAttribute, LinkRequest } from './link-attribute.ts';
import { checkAlternativeName, isLinkName } from './link-name.ts';

/** RTEXT_FILTER_SKIP_STATS: counters are most of an answer, and nobody here reads them. */
const SKIP_STATISTICS = 8;

function query(index: number, flags: number, attributes: readonly Attribute[], description: string): NetlinkRequest {
  const payload = encodeLinkMessage({
    family: 0,
    hardwareType: 0,
    index,
    flags: 0,
    change: 0,
    attributes: [...attributes, u32(LinkAttribute.extensionMask, SKIP_STATISTICS)],
  });
  return { type: LinkRequest.get, flags, payload, description };
}

function queryOne(which: string | number): NetlinkRequest {
  if (typeof which === 'number') {
    return { ...query(which, 0, [], `read the link with index ${which}`), hasOneAnswer: true };
  }
  checkAlternativeName(which);
  // The kernel looks for a short name among all names, but takes a long one in an attribute of its own only.
  const attribute = isLinkName(which) ? LinkAttribute.name : LinkAttribute.alternativeName;
  return { ...query(0, 0, [text(attribute, which)], `read the link ${which}`), hasOneAnswer: true };
}

/** All links of the socket's namespace. */
export async function listLinks(socket: NetlinkSocket, options?: RequestOptions): Promise<Link[]> {
  return await socket.collect(
    query(0, MessageFlag.dump, [], 'list the links'),
    ({ type, payload }) => (type === LinkRequest.new ? decodeLink(payload) : undefined),
    options,
  );
}

/** The link with this name, alternative name, or index; `undefined` when there is none. @throws LinkNameError */
export async function findLink(
  socket: NetlinkSocket,
  which: string | number,
  options?: RequestOptions,
): Promise<Link | undefined> {
  const payload = await findLinkPayload(socket, which, options);
  return payload === undefined ? undefined : decodeLink(payload);
}

/** As {@link findLink}, as the kernel sent it. */
export async function findLinkPayload(
  socket: NetlinkSocket,
  which: string | number,
  options?: RequestOptions,
): Promise<Uint8Array | undefined> {
  try {
    const [answer] = await socket.request(queryOne(which), options);
    return answer?.payload;
  } catch (error) {
    if (isKernelError(error, 'ENODEV')) return undefined;
    throw error;
  }
}

/** As {@link findLink}, for places that cannot wait. */
export function findLinkSync(socket: NetlinkSocket, which: string | number): Link | undefined {
  try {
    const [answer] = socket.requestSync(queryOne(which));
    return answer === undefined ? undefined : decodeLink(answer.payload);
  } catch (error) {
    if (isKernelError(error, 'ENODEV')) return undefined;
    throw error;
  }
}

const noAttributes: ReadonlySet<number> = new Set();

/** The index of a link that must be there. @throws KernelError `ENODEV` */
export async function readLinkIndex(socket: NetlinkSocket, name: string, options?: RequestOptions): Promise<number> {
  const [answer] = await socket.request(queryOne(name), options);
  return answer === undefined ? 0 : decodeLinkMessage(answer.payload, noAttributes).index;
}
