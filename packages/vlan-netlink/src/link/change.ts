import { type Attribute, attribute, nestedAttribute } from '../codec/attribute.ts';
import { text, u8, u32 } from '../codec/attribute-value.ts';
import { AddressFamily } from '../codec/ip-address.ts';
import { encodeLinkMessage } from '../codec/link-message.ts';
import { encodeMacAddress } from '../codec/mac-address.ts';
import type { NamespaceHandle } from '../network-namespace/namespace-handle.ts';
import type { NetlinkRequest } from '../socket/exchange.ts';
import type { NetlinkSocket, RequestOptions } from '../socket/netlink-socket.ts';
import { type AddressGenerationMode, addressGenerationModes } from './link.ts';
import { INET6_ADDRESS_GENERATION_MODE, LinkAttribute, LinkFlag, LinkRequest } from './link-attribute.ts';
import { checkLinkName } from './link-name.ts';

/** What can be changed of a link. Everything given is changed in one request. */
export interface LinkChange {
  readonly up?: boolean;
  readonly name?: string;
  /** Index of a bridge or VRF; `null` takes the link out of it. */
  readonly master?: number | null;
  readonly mtu?: number;
  readonly mac?: string;
  /** At most 255 bytes; empty removes it. */
  readonly alias?: string;
  /** Moves the link there. It goes down, and loses its addresses and its master. */
  readonly namespace?: NamespaceHandle;
  readonly addressGenerationMode?: AddressGenerationMode;
  /** Number of a group of links, which `deleteLinkGroup` deletes at once. 0 is everybody's. */
  readonly group?: number;
}

/** Attributes that a new link may have from the start, too. */
export function changeAttributes(change: LinkChange): Attribute[] {
  if (change.name !== undefined) checkLinkName(change.name);
  const mode = change.addressGenerationMode;
  return [
    ...(change.name === undefined ? [] : [text(LinkAttribute.name, change.name)]),
    ...(change.master === undefined ? [] : [u32(LinkAttribute.master, change.master ?? 0)]),
    ...(change.mtu === undefined ? [] : [u32(LinkAttribute.mtu, change.mtu)]),
    ...(change.mac === undefined ? [] : [attribute(LinkAttribute.address, encodeMacAddress(change.mac))]),
    ...(change.alias === undefined ? [] : [attribute(LinkAttribute.alias, new TextEncoder().encode(change.alias))]),
    ...(change.group === undefined ? [] : [u32(LinkAttribute.group, change.group)]),
    ...(change.namespace === undefined ? [] : [u32(LinkAttribute.namespaceFd, change.namespace.fd)]),
    ...(mode === undefined
      ? []
      : [
          nestedAttribute(LinkAttribute.familySpecific, [
            nestedAttribute(AddressFamily.inet6, [
              u8(INET6_ADDRESS_GENERATION_MODE, addressGenerationModes.indexOf(mode)),
            ]),
          ]),
        ]),
  ];
}

/** The request that changes a link, for {@link NetlinkSocket.requestAll}. @throws LinkNameError, RangeError */
export function changeLinkRequest(index: number, change: LinkChange): NetlinkRequest {
  const { up } = change;
  return {
    type: LinkRequest.set,
    payload: encodeLinkMessage({
      family: 0,
      hardwareType: 0,
      index,
      flags: up === true ? LinkFlag.up : 0,
      change: up === undefined ? 0 : LinkFlag.up,
      attributes: changeAttributes(change),
    }),
    description: `change the link with index ${index} (${Object.keys(change).join(', ')})`,
  };
}

/** Changes the link with this index. @throws KernelError */
export async function changeLink(
  socket: NetlinkSocket,
  index: number,
  change: LinkChange,
  options?: RequestOptions,
): Promise<void> {
  await socket.request(changeLinkRequest(index, change), options);
}
