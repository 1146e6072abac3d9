import { createHash } from 'node:crypto';
import { decodeIpAddress } from '../codec/ip-address.ts';
import { decodeMacAddress, encodeMacAddress } from '../codec/mac-address.ts';

/** The part of a tenant network that decides which frames it is made of. */
export interface VlanSegment {
  readonly physicalNetwork: string;
  /** 1 to 4094. */
  readonly vlanId: number;
}

/** A segment that is no VLAN of a physical network; what its frames look like is Neutron's agent's business. */
export interface NeutronSegment {
  /** `vxlan`, `gre`, `geneve` or `flat`. */
  readonly networkType: string;
  /** Of a flat network only. */
  readonly physicalNetwork: string | undefined;
  /** Of tunnels only: VNI, key. */
  readonly segmentationId: number | undefined;
}

export type Segment = VlanSegment | NeutronSegment;

/** Every name and mark that a plug of one tenant network uses. The same input gives the same names, on any day. */
export interface NetworkIdentity {
  /** Twelve hexadecimal digits that stand for the physical network and the VLAN id. */
  readonly key: string;
  /** `iorcl-<site>-<key>`; by it the plug's owners are kept also where it has no namespace. */
  readonly namespace: string;
  /** Of the nftables table that guards a link among the host's own; the same name. */
  readonly table: string;
  /** The tenant network's link, inside the namespace: `io<vlan or network type>-<hash>`, at most 14 bytes. */
  readonly leaf: string;
  /** The other end of a veth pair, outside: `iop<vlan or network type>-<hash>`, at most 15 bytes. */
  readonly port: string;
  /** Alias of every link made: `iorcl:<site>:<key>:<vlan or network type and id>:<physical network>`. */
  readonly mark: string;
  /** Locally administered; differs between hosts and between networks. */
  readonly mac: string;
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
/** IFALIASZ (256) less the final zero byte. */
const ALIAS_BYTES = 255;

function hash(...parts: readonly (string | number)[]): Buffer {
  // Joined by a byte that no part has, so that ("a", "bc") and ("ab", "c") differ.
  return createHash('sha256').update(parts.join('\0')).digest();
}

/** Physical networks are named by people; an alias is read in terminals. */
function printable(text: string): string {
  return text.replaceAll(/[^\x21-\x7e]/g, '?');
}

/** What the hashes are made of; a VLAN's parts are never those of another kind of segment. */
function partsOf(segment: Segment): readonly (string | number)[] {
  if ('vlanId' in segment) return [segment.physicalNetwork, segment.vlanId];
  const { networkType, physicalNetwork, segmentationId } = segment;
  return [networkType, physicalNetwork ?? '', segmentationId ?? '', 'by Neutron'];
}

function placeParts(place: PlugPlace): readonly string[] {
  return place === 'namespace' ? [] : [`in the ${place}'s namespace`];
}

/** At most four characters; a VXLAN's id has up to eight. */
function labelOf(segment: Segment): string {
  return 'vlanId' in segment ? String(segment.vlanId) : segment.networkType.replaceAll(/[^a-z]/g, '').slice(0, 4);
}

/**
 * Where the link of a plugged network is: in a network namespace of its own, or among the host's own. A host may have one of
 * each in the same network.
 */
export type PlugPlace = 'namespace' | 'host';

export function networkIdentity(
  site: string,
  host: string,
  segment: Segment,
  place: PlugPlace = 'namespace',
): NetworkIdentity {
  const parts = [...partsOf(segment), ...placeParts(place)];
  const key = hash('segment', ...parts)
    .toString('hex')
    .slice(0, 12);
  const short = Array.from(hash('link', site, ...parts).subarray(0, 7), (byte) => BASE32[byte % 32]);
  const suffix = `${labelOf(segment)}-${short.join('')}`;
  const mac = Uint8Array.from(hash('mac', site, host, ...parts).subarray(0, 6));
  const shown = 'vlanId' in segment ? segment.vlanId : `${segment.networkType}${segment.segmentationId ?? ''}`;
  // Unicast, locally administered (IEEE 802, 8.4).
  mac[0] = ((mac[0] ?? 0) & 0xfc) | 0x02;
  return {
    key,
    namespace: `iorcl-${site}-${key}`,
    table: `iorcl-${site}-${key}`,
    leaf: `io${suffix}`,
    port: `iop${suffix}`,
    mark: `${markPrefix(site)}${key}:${printable(`${shown}:${segment.physicalNetwork ?? ''}`)}`.slice(0, ALIAS_BYTES),
    mac: decodeMacAddress(mac),
  };
}

/** Beginning of the alias of every link that a site makes. */
function markPrefix(site: string): string {
  return `iorcl:${site}:`;
}

/** The key in the alias of a link of this site; `undefined` for any other alias. */
export function keyOfMark(site: string, alias: string): string | undefined {
  const prefix = markPrefix(site);
  return alias.startsWith(prefix) ? /^[0-9a-f]{12}(?=:)/.exec(alias.slice(prefix.length))?.[0] : undefined;
}

/** The key in the name of a namespace, or nftables table, of this site; `undefined` for any other name. */
export function keyOfNamespace(site: string, namespace: string): string | undefined {
  const prefix = `iorcl-${site}-`;
  return namespace.startsWith(prefix) ? /^[0-9a-f]{12}$/.exec(namespace.slice(prefix.length))?.[0] : undefined;
}

/** The address that Neutron's port security lets the owner of a MAC address use (RFC 4291, appendix A). */
export function linkLocalOfMac(mac: string): string {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = encodeMacAddress(mac);
  return decodeIpAddress(Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 0x02, b, c, 0xff, 0xfe, d, e, f));
}

/** This host's address on every tenant network: fe80::/64 with an interface id of its own. */
export function linkLocalAddress(site: string, host: string, place: PlugPlace = 'namespace'): string {
  const address = new Uint8Array(16);
  address.set([0xfe, 0x80]);
  address.set(hash('address', site, host, ...placeParts(place)).subarray(0, 8), 8);
  // Never a reserved interface id (RFC 5453): those begin with 00 or fd.
  address[8] = 0x02;
  return decodeIpAddress(address);
}
