import type { NetlinkSocket, RequestOptions } from '../../socket/netlink-socket.ts';
import { type CreatedLink, createLinkOfKind, type NewLink } from '../create.ts';
import { addressField, type Fields, flagField, u8Field, u16NetworkOrderField, u32Field } from './field.ts';
import { type LinkKind, settingsKind } from './link-kind.ts';
import { checkNetworkIdentifier } from './network-identifier.ts';

/** Settings of a Geneve link (RFC 8926; IFLA_GENEVE_*, `<linux/if_link.h>`). */
export interface GeneveSettings {
  /** 0 to 16777215. */
  readonly vni?: number;
  readonly remote?: string;
  readonly ttl?: number;
  /** UDP port. Default 6081. */
  readonly port?: number;
  readonly udpChecksum?: boolean;
}

export const geneveFields: Fields<GeneveSettings> = {
  vni: u32Field(1),
  remote: addressField(2, 7),
  ttl: u8Field(3),
  port: u16NetworkOrderField(5),
  udpChecksum: flagField(8),
};

export interface NewGeneve extends NewLink, GeneveSettings {
  readonly vni: number;
  readonly remote: string;
}

export function geneveKind(link: NewGeneve): LinkKind {
  checkNetworkIdentifier(link.vni, 'Geneve');
  return settingsKind('geneve', geneveFields, link, { changeable: ['remote', 'ttl'] });
}

/** Creates a Geneve tunnel. @throws RangeError; KernelError */
export async function createGeneve(
  socket: NetlinkSocket,
  link: NewGeneve,
  options?: RequestOptions,
): Promise<CreatedLink> {
  return await createLinkOfKind(socket, link, geneveKind(link), options);
}
