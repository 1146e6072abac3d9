import { type Attribute, nestedAttribute } from '../codec/attribute.ts';
import { text, u32 } from '../codec/attribute-value.ts';
import { encodeLinkMessage } from '../codec/link-message.ts';
import { MessageFlag } from '../codec/message.ts';
import type { NamespaceHandle } from '../network-namespace/namespace-handle.ts';
import type { NetlinkRequest } from '../socket/exchange.ts';
import type { NetlinkSocket, RequestOptions } from '../socket/netlink-socket.ts';
import { changeAttributes } from './change.ts';
import type { LinkKind } from './kind/link-kind.ts';
import { type LinkSpecification, linkKind } from './kind/registry.ts';
import { LinkAttribute, LinkFlag, LinkInfoAttribute, LinkRequest } from './link-attribute.ts';
import { readLinkIndex } from './query.ts';

/** What every kind of new link may have. */
export interface NewLink {
  readonly name: string;
  readonly up?: boolean;
  readonly mtu?: number;
  readonly mac?: string;
  /** Index of the bridge or VRF that it becomes a port of. */
  readonly master?: number;
  /** Number of a group of links, which `deleteLinkGroup` deletes at once. 0, the default, is everybody's. */
  readonly group?: number;
  /** The link appears there at once, never in the socket's own namespace. */
  readonly namespace?: NamespaceHandle;
}

/** A link that was just made. */
export interface CreatedLink {
  /** In the namespace that it was made in. */
  readonly index: number;
}

/** The payload of RTM_NEWLINK; a veth's peer is described by one, too. */
export function encodeNewLink(link: NewLink, attributes: readonly Attribute[]): Uint8Array {
  const { name, mtu, mac, master, group, namespace } = link;
  return encodeLinkMessage({
    family: 0,
    hardwareType: 0,
    index: 0,
    flags: link.up === true ? LinkFlag.up : 0,
    change: link.up === undefined ? 0 : LinkFlag.up,
    attributes: [
      ...changeAttributes({
        name,
        ...(mtu !== undefined && { mtu }),
        ...(mac !== undefined && { mac }),
        ...(master !== undefined && { master }),
        ...(group !== undefined && { group }),
        ...(namespace !== undefined && { namespace }),
      }),
      ...attributes,
    ],
  });
}

/** IFLA_LINK and IFLA_LINKINFO. */
export function kindAttributes({ kind, data, link }: LinkKind): Attribute[] {
  return [
    ...(link === undefined ? [] : [u32(LinkAttribute.link, link)]),
    nestedAttribute(LinkAttribute.linkInfo, [
      text(LinkInfoAttribute.kind, kind),
      ...(data === undefined ? [] : [nestedAttribute(LinkInfoAttribute.data, data)]),
    ]),
  ];
}

function newLinkRequestOfKind(link: NewLink, kind: LinkKind): NetlinkRequest {
  const { up: _up, ...down } = link;
  return {
    type: LinkRequest.new,
    flags: MessageFlag.create | MessageFlag.exclusive,
    payload: encodeNewLink(kind.startsDown === true ? down : link, kindAttributes(kind)),
    description: `create the ${kind.kind} link ${link.name}`,
  };
}

/**
 * The request that creates a link, for {@link NetlinkSocket.requestAll}.
 *
 * @throws LinkNameError; RangeError when a setting cannot be.
 */
export function newLinkRequest(link: LinkSpecification): NetlinkRequest {
  return newLinkRequestOfKind(link, linkKind(link));
}

/**
 * Creates a link of any kind.
 *
 * @throws KernelError `EEXIST`, `EOPNOTSUPP` when the kernel lacks the kind, …; `ENODEV` when it was made, and somebody has
 * renamed or deleted it at once.
 */
export async function createLink(
  socket: NetlinkSocket,
  link: LinkSpecification,
  options?: RequestOptions,
): Promise<CreatedLink> {
  return await createLinkOfKind(socket, link, linkKind(link), options);
}

/** As {@link createLink}, for the kinds' own functions. */
export async function createLinkOfKind(
  socket: NetlinkSocket,
  link: NewLink,
  kind: LinkKind,
  options?: RequestOptions,
): Promise<CreatedLink> {
  await socket.request(newLinkRequestOfKind(link, kind), options);
  if (link.namespace === undefined) return { index: await readLinkIndex(socket, link.name, options) };
  using there = socket.openIn(link.namespace);
  return { index: await readLinkIndex(there, link.name, options) };
}
