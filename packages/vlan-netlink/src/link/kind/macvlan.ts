import type { NetlinkSocket, RequestOptions } from '../../socket/netlink-socket.ts';
import { type CreatedLink, createLinkOfKind, type NewLink } from '../create.ts';
import { type Fields, namedField } from './field.ts';
import { type LinkKind, settingsKind } from './link-kind.ts';

/** How links on one device may speak to each other (MACVLAN_MODE_*, `<linux/if_link.h>`). */
export type MacvlanMode = 'private' | 'vepa' | 'bridge' | 'passthru' | 'source';

const modes: ReadonlyMap<MacvlanMode, number> = new Map([
  ['private', 1],
  ['vepa', 2],
  ['bridge', 4],
  ['passthru', 8],
  ['source', 16],
]);

export interface MacvlanSettings {
  /** Default `vepa`, as in the kernel. */
  readonly mode?: MacvlanMode;
}

/** IFLA_MACVLAN_MODE. */
export const macvlanFields: Fields<MacvlanSettings> = { mode: namedField(1, modes) };

export interface NewMacvlan extends NewLink, MacvlanSettings {
  /** Index of the device below, in the socket's namespace. */
  readonly device: number;
}

export function macvlanKind(link: NewMacvlan): LinkKind {
  return settingsKind('macvlan', macvlanFields, link, { link: link.device, changeable: ['mode'] });
}

/** As {@link macvlanKind}, with a character device `/dev/tapN`, N being its index, for a guest. */
export function macvtapKind(link: NewMacvlan): LinkKind {
  return { ...macvlanKind(link), kind: 'macvtap' };
}

/** Creates a link with a MAC address of its own on a device. @throws KernelError `EBUSY` on a bridge's port, … */
export async function createMacvlan(
  socket: NetlinkSocket,
  link: NewMacvlan,
  options?: RequestOptions,
): Promise<CreatedLink> {
  return await createLinkOfKind(socket, link, macvlanKind(link), options);
}

/** As {@link createMacvlan}, with a character device `/dev/tapN`, N being its index, for a guest. */
export async function createMacvtap(
  socket: NetlinkSocket,
  link: NewMacvlan,
  options?: RequestOptions,
): Promise<CreatedLink> {
  return await createLinkOfKind(socket, link, macvtapKind(link), options);
}
