import { type Attribute, nestedAttribute } from '../codec/attribute.ts';
import { text, u32 } from '../codec/attribute-value.ts';
import { encodeLinkMessage } from '../codec/link-message.ts';
import { MessageFlag } from '../codec/message.ts';
import type { NetworkNamespace } from '../network-namespace/network-namespace.ts';
import type { NetlinkSocket } from '../socket/netlink-socket.ts';
import { changeAttributes } from './change.ts';
import { LinkAttribute, LinkFlag, LinkInfoAttribute, LinkRequest } from './link-attribute.ts';

/** What every kind of new link may have. */
export interface NewLink {
  readonly name: string;
  readonly up?: boolean;
  readonly mtu?: number;
  readonly mac?: string;
  /** The link appears there at once, never in the socket's own namespace. */
  readonly namespace?: NetworkNamespace;
}

/** What a kind adds: its name, its IFLA_INFO_DATA, and attributes beside them. */
export interface LinkKind {
  readonly kind: string;
  readonly data?: readonly Attribute[];
  /** IFLA_LINK: index of the device below. */
  readonly link?: number;
}

/** The payload of RTM_NEWLINK; a veth's peer is described by one, too. */
export function encodeNewLink(link: NewLink, attributes: readonly Attribute[]): Uint8Array {
  const { name, mtu, mac, namespace } = link;
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
        ...(namespace !== undefined && { namespace }),
      }),
      ...attributes,
    ],
  });
}

/** Creates a link of any kind. @throws KernelError `EEXIST`, … */
export async function createLink(socket: NetlinkSocket, link: NewLink, kind: LinkKind): Promise<void> {
  const payload = encodeNewLink(link, [
    ...(kind.link === undefined ? [] : [u32(LinkAttribute.link, kind.link)]),
    nestedAttribute(LinkAttribute.linkInfo, [
      text(LinkInfoAttribute.kind, kind.kind),
      ...(kind.data === undefined ? [] : [nestedAttribute(LinkInfoAttribute.data, kind.data)]),
    ]),
  ]);
  await socket.request({
    type: LinkRequest.new,
    flags: MessageFlag.create | MessageFlag.exclusive,
    payload,
    description: `create the ${kind.kind} link ${link.name}`,
  });
}
