import type { NetlinkSocket, RequestOptions } from '../../socket/netlink-socket.ts';
import { type CreatedLink, createLinkOfKind, type NewLink } from '../create.ts';
import { addressField, type Fields, flagField, u8Field, u16NetworkOrderField, u32Field } from './field.ts';
import { type LinkKind, settingsKind } from './link-kind.ts';
import { checkNetworkIdentifier } from './network-identifier.ts';

/** Settings of a VXLAN link (RFC 7348; IFLA_VXLAN_*, `<linux/if_link.h>`). */
export interface VxlanSettings {
  /** 0 to 16777215. */
  readonly vni?: number;
  /** Where frames go whose receiver is unknown: an address, or a multicast group (which needs `device`). */
  readonly remote?: string;
  /** Sender address of the outer packets. */
  readonly local?: string;
  /** Index of the device for the outer packets. */
  readonly device?: number;
  /** UDP port. Default 4789, which IANA has assigned; the kernel's own default is another one. */
  readonly port?: number;
  readonly ttl?: number;
  /** Learns senders from what comes in. Default true. */
  readonly learning?: boolean;
  /** Answers ARP and neighbour solicitations from its own table. */
  readonly proxy?: boolean;
  readonly udpChecksum?: boolean;
}

export const vxlanFields: Fields<VxlanSettings> = {
  vni: u32Field(1),
  remote: addressField(2, 16),
  local: addressField(4, 17),
  device: u32Field(3),
  port: u16NetworkOrderField(15),
  ttl: u8Field(5),
  learning: flagField(7),
  proxy: flagField(11),
  udpChecksum: flagField(18),
};

export interface NewVxlan extends NewLink, VxlanSettings {
  readonly vni: number;
}

const IANA_PORT = 4789;

export function vxlanKind(link: NewVxlan): LinkKind {
  checkNetworkIdentifier(link.vni, 'VXLAN');
  return settingsKind('vxlan', vxlanFields, { port: IANA_PORT, ...link }, { changeable: ['remote', 'local', 'ttl'] });
}

/** Creates a VXLAN tunnel. @throws RangeError; KernelError `EEXIST` when this VNI and port are taken, … */
export async function createVxlan(
  socket: NetlinkSocket,
  link: NewVxlan,
  options?: RequestOptions,
): Promise<CreatedLink> {
  return await createLinkOfKind(socket, link, vxlanKind(link), options);
}
