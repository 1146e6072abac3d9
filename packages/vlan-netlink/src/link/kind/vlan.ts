import type { Attribute } from '../../codec/attribute.ts';
import { findU16, findU16NetworkOrder } from '../../codec/attribute-value.ts';
import type { NetlinkSocket, RequestOptions } from '../../socket/netlink-socket.ts';
import { type CreatedLink, createLinkOfKind, type NewLink } from '../create.ts';
import { type Fields, u16Field, u16NetworkOrderField } from './field.ts';
import { type LinkKind, settingsKind } from './link-kind.ts';

/** IFLA_VLAN_* (`<linux/if_link.h>`). */
const ID = 1;
const PROTOCOL = 5;
const ETHERTYPE_8021Q = 0x8100;
const ETHERTYPE_8021AD = 0x88a8;
/** 0 is for priority tags and 4095 is reserved (IEEE 802.1Q). */
const MAX_VLAN_ID = 4094;

/** What is particular to a VLAN link. */
export interface VlanDetails {
  readonly vlanId: number;
  /** Ethernet type of the tag: 0x8100 for 802.1Q, 0x88a8 for 802.1ad. */
  readonly protocol: number;
}

export interface NewVlan extends NewLink {
  /** Index of the device that carries the tagged frames, in the socket's namespace. */
  readonly device: number;
  /** 1 to 4094. */
  readonly vlanId: number;
  /** 0x8100 (802.1Q, default) or 0x88a8 (802.1ad: a provider's tag, which may hold 802.1Q tags). */
  readonly protocol?: number;
}

export const vlanFields: Fields<VlanDetails> = { vlanId: u16Field(ID), protocol: u16NetworkOrderField(PROTOCOL) };

/** Whether `id` may tag frames. */
export function isVlanId(id: number): boolean {
  return Number.isInteger(id) && id >= 1 && id <= MAX_VLAN_ID;
}

/** @throws RangeError */
export function checkVlanId(id: number): void {
  if (!isVlanId(id)) throw new RangeError(`${id} is no VLAN id; 1 to ${MAX_VLAN_ID} are`);
}

export function vlanKind({ vlanId, protocol = ETHERTYPE_8021Q, device }: NewVlan): LinkKind {
  checkVlanId(vlanId);
  if (protocol !== ETHERTYPE_8021Q && protocol !== ETHERTYPE_8021AD) {
    throw new RangeError(`${protocol} is no Ethernet type of VLAN tags; 0x8100 (802.1Q) and 0x88a8 (802.1ad) are`);
  }
  return settingsKind('vlan', vlanFields, { vlanId, protocol }, { link: device });
}

/**
 * Creates an 802.1Q or 802.1ad link.
 *
 * @throws KernelError `EOPNOTSUPP` on a kernel without 8021q, `EEXIST` when the device has this VLAN already.
 */
export async function createVlan(socket: NetlinkSocket, link: NewVlan, options?: RequestOptions): Promise<CreatedLink> {
  return await createLinkOfKind(socket, link, vlanKind(link), options);
}

/** @throws MalformedMessageError */
export function decodeVlanDetails(data: readonly Attribute[]): VlanDetails | undefined {
  const vlanId = findU16(data, ID);
  if (vlanId === undefined) return undefined;
  return { vlanId, protocol: findU16NetworkOrder(data, PROTOCOL) ?? ETHERTYPE_8021Q };
}
