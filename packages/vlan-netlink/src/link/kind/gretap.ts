import { isIPv4 } from 'node:net';
import type { Attribute } from '../../codec/attribute.ts';
import {
  findU16NetworkOrder,
  findU32NetworkOrder,
  u16NetworkOrder,
  u32NetworkOrder,
} from '../../codec/attribute-value.ts';
import type { NetlinkSocket, RequestOptions } from '../../socket/netlink-socket.ts';
import { type CreatedLink, createLinkOfKind, type NewLink } from '../create.ts';
import { addressField, type Field, type Fields, u8Field, u32Field } from './field.ts';
import { type LinkKind, settingsKind } from './link-kind.ts';

/** IFLA_GRE_* (`<linux/if_tunnel.h>`). */
const LINK = 1;
const INPUT_FLAGS = 2;
const OUTPUT_FLAGS = 3;
const INPUT_KEY = 4;
const OUTPUT_KEY = 5;
const LOCAL = 6;
const REMOTE = 7;
const TTL = 8;
/** GRE_KEY: the header has a key. */
const HAS_KEY = 0x2000;

/** Settings of a GRE tunnel for Ethernet frames (RFC 2784, 2890). */
export interface GretapSettings {
  readonly remote?: string;
  readonly local?: string;
  /** Tells tunnels between the same addresses apart, in both directions. 0 to 4294967295. */
  readonly key?: number;
  readonly ttl?: number;
  /** Index of the device for the outer packets. */
  readonly device?: number;
}

const keyField: Field<number> = {
  encode: (key): readonly Attribute[] => [
    u16NetworkOrder(INPUT_FLAGS, HAS_KEY),
    u16NetworkOrder(OUTPUT_FLAGS, HAS_KEY),
    u32NetworkOrder(INPUT_KEY, key),
    u32NetworkOrder(OUTPUT_KEY, key),
  ],
  decode: (data) => {
    const hasKey = ((findU16NetworkOrder(data, INPUT_FLAGS) ?? 0) & HAS_KEY) !== 0;
    return hasKey ? findU32NetworkOrder(data, INPUT_KEY) : undefined;
  },
};

export const gretapFields: Fields<GretapSettings> = {
  device: u32Field(LINK),
  key: keyField,
  local: addressField(LOCAL, LOCAL),
  remote: addressField(REMOTE, REMOTE),
  ttl: u8Field(TTL),
};

export interface NewGretap extends NewLink, GretapSettings {
  /** IPv4, or IPv6 for an `ip6gretap`. */
  readonly remote: string;
  /** Of the same family. */
  readonly local: string;
}

/** `gretap` between IPv4 addresses, `ip6gretap` between IPv6 addresses. */
export function gretapKind(link: NewGretap): LinkKind {
  if (isIPv4(link.local) !== isIPv4(link.remote)) {
    throw new RangeError(`the ends of a tunnel, ${link.local} and ${link.remote}, must be of one family`);
  }
  const kind = isIPv4(link.remote) ? 'gretap' : 'ip6gretap';
  return settingsKind(kind, gretapFields, link, {
    changeable: ['local', 'remote', 'key', 'ttl'],
    changedTogether: true,
  });
}

/** Creates a GRE tunnel for Ethernet frames. @throws RangeError; KernelError */
export async function createGretap(
  socket: NetlinkSocket,
  link: NewGretap,
  options?: RequestOptions,
): Promise<CreatedLink> {
  return await createLinkOfKind(socket, link, gretapKind(link), options);
}
