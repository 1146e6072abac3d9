import type { NetlinkSocket, RequestOptions } from '../../socket/netlink-socket.ts';
import { type CreatedLink, createLinkOfKind, type NewLink } from '../create.ts';
import { type Fields, u32Field } from './field.ts';
import { type LinkKind, settingsKind } from './link-kind.ts';

export interface VrfSettings {
  /** Routing table of the links in it, 1 to 4294967295. */
  readonly table?: number;
}

/** IFLA_VRF_TABLE (`<linux/if_link.h>`). */
export const vrfFields: Fields<VrfSettings> = { table: u32Field(1) };

export interface NewVrf extends NewLink, VrfSettings {
  readonly table: number;
}

export function vrfKind(link: NewVrf): LinkKind {
  return settingsKind('vrf', vrfFields, link);
}

/** Creates a virtual router; the links that have it as master route by its table. @throws KernelError */
export async function createVrf(socket: NetlinkSocket, link: NewVrf, options?: RequestOptions): Promise<CreatedLink> {
  return await createLinkOfKind(socket, link, vrfKind(link), options);
}
