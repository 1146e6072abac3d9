import type { Attribute } from '../../codec/attribute.ts';
import { findU16, findU16NetworkOrder, u16, u16NetworkOrder } from '../../codec/attribute-value.ts';
import type { NetlinkSocket } from '../../socket/netlink-socket.ts';
import { createLink, type NewLink } from '../create.ts';

/** IFLA_VLAN_* (`<linux/if_link.h>`). */
const ID = 1;
const PROTOCOL = 5;
const ETHERTYPE_8021Q = 0x8100;
/** 0 is for priority tags and 4095 is reserved (IEEE 802.1Q). */
const MAX_VLAN_ID = 4094;

export interface NewVlan extends NewLink {
  /** Index of the device that carries the tagged frames, in the socket's namespace. */
  readonly device: number;
  /** 1 to 4094. */
  readonly vlanId: number;
}

/** What is particular to a VLAN link. */
export interface VlanDetails {
  readonly vlanId: number;
  /** Ethernet type of the tag: 0x8100 for 802.1Q. */
  readonly protocol: number;
}

/** Whether `id` may tag frames. */
export function isVlanId(id: number): boolean {
  return Number.isInteger(id) && id >= 1 && id <= MAX_VLAN_ID;
}

/**
 * Creates an 802.1Q link.
 *
 * @throws KernelError `EOPNOTSUPP` on a kernel without 8021q, `EEXIST` when the device has this VLAN already.
 */
export async function createVlan(socket: NetlinkSocket, link: NewVlan): Promise<void> {
  if (!isVlanId(link.vlanId)) throw new RangeError(`${link.vlanId} is no VLAN id; 1 to ${MAX_VLAN_ID} are`);
  const data = [u16(ID, link.vlanId), u16NetworkOrder(PROTOCOL, ETHERTYPE_8021Q)];
  await createLink(socket, link, { kind: 'vlan', data, link: link.device });
}

/** @throws MalformedMessageError */
export function decodeVlanDetails(data: readonly Attribute[]): VlanDetails | undefined {
  const vlanId = findU16(data, ID);
  if (vlanId === undefined) return undefined;
  return { vlanId, protocol: findU16NetworkOrder(data, PROTOCOL) ?? ETHERTYPE_8021Q };
}
