import { type Attribute, attribute, nestedAttribute } from '../codec/attribute.ts';
import { text, u8, u32 } from '../codec/attribute-value.ts';
import { AddressFamily } from '../codec/ip-address.ts';
import { encodeLinkMessage } from '../codec/link-message.ts';
import { encodeMacAddress } from '../codec/mac-address.ts';
import type { NetworkNamespace } from '../network-namespace/network-namespace.ts';
import { isKernelError } from '../socket/kernel-error.ts';
import type { NetlinkSocket } from '../socket/netlink-socket.ts';
import { type AddressGenerationMode, addressGenerationModes } from './link.ts';
import { INET6_ADDRESS_GENERATION_MODE, LinkAttribute, LinkFlag, LinkRequest } from './link-attribute.ts';
import { checkLinkName } from './link-name.ts';

/** What can be changed of a link. Everything given is changed in one request. */
export interface LinkChange {
  readonly up?: boolean;
  readonly name?: string;
  /** Index of a bridge; `null` takes the link out of its bridge. */
  readonly master?: number | null;
  readonly mtu?: number;
  readonly mac?: string;
  /** At most 255 bytes; empty removes it. */
  readonly alias?: string;
  /** Moves the link there. It goes down, and loses its addresses and its master. */
  readonly namespace?: NetworkNamespace;
  readonly addressGenerationMode?: AddressGenerationMode;
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

/** Changes the link with this index. @throws KernelError */
export async function changeLink(socket: NetlinkSocket, index: number, change: LinkChange): Promise<void> {
  const { up } = change;
  const payload = encodeLinkMessage({
    family: 0,
    hardwareType: 0,
    index,
    flags: up === true ? LinkFlag.up : 0,
    change: up === undefined ? 0 : LinkFlag.up,
    attributes: changeAttributes(change),
  });
  const what = Object.keys(change).join(', ');
  await socket.request({
    type: LinkRequest.set,
    payload,
    description: `change the link with index ${index} (${what})`,
  });
}

/** Deletes the link with this index; a veth's peer goes with it. A link that is gone is fine. */
export async function deleteLink(socket: NetlinkSocket, index: number): Promise<{ readonly changed: boolean }> {
  // Index 0 with no name would mean "any link" to the kernel of some versions.
  if (!Number.isInteger(index) || index <= 0) throw new RangeError(`${index} is no link index`);
  const payload = encodeLinkMessage({ family: 0, hardwareType: 0, index, flags: 0, change: 0, attributes: [] });
  try {
    await socket.request({ type: LinkRequest.delete, payload, description: `delete the link with index ${index}` });
    return { changed: true };
  } catch (error) {
    if (isKernelError(error, 'ENODEV')) return { changed: false };
    throw error;
  }
}
