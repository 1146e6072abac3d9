import { createHash } from 'node:crypto';
import { decodeIpAddress } from '../codec/ip-address.ts';
import { decodeMacAddress } from '../codec/mac-address.ts';

/** The part of a tenant network that decides which frames it is made of. */
export interface VlanSegment {
  readonly physicalNetwork: string;
  /** 1 to 4094. */
  readonly vlanId: number;
}

/** Every name and mark that a plug of one tenant network uses. The same input gives the same names, on any day. */
export interface NetworkIdentity {
  /** Twelve hexadecimal digits that stand for the physical network and the VLAN id. */
  readonly key: string;
  /** `iorcl-<site>-<key>` */
  readonly namespace: string;
  /** The link inside the namespace: `io<vlan>-<hash>`, at most 14 bytes. */
  readonly leaf: string;
  /** The other end of a veth pair, outside: `iop<vlan>-<hash>`, at most 15 bytes. */
  readonly port: string;
  /** Alias of every link made: `iorcl:<site>:<key>:<vlan>:<physical network>`. */
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

export function networkIdentity(site: string, host: string, { physicalNetwork, vlanId }: VlanSegment): NetworkIdentity {
  const key = hash('segment', physicalNetwork, vlanId).toString('hex').slice(0, 12);
  const short = Array.from(hash('link', site, physicalNetwork, vlanId).subarray(0, 7), (byte) => BASE32[byte % 32]);
  const suffix = `${vlanId}-${short.join('')}`;
  const mac = Uint8Array.from(hash('mac', site, host, physicalNetwork, vlanId).subarray(0, 6));
  // Unicast, locally administered (IEEE 802, 8.4).
  mac[0] = ((mac[0] ?? 0) & 0xfc) | 0x02;
  return {
    key,
    namespace: `iorcl-${site}-${key}`,
    leaf: `io${suffix}`,
    port: `iop${suffix}`,
    mark: `${markPrefix(site)}${key}:${vlanId}:${printable(physicalNetwork)}`.slice(0, ALIAS_BYTES),
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

/** The key in the name of a namespace of this site; `undefined` for any other name. */
export function keyOfNamespace(site: string, namespace: string): string | undefined {
  const prefix = `iorcl-${site}-`;
  return namespace.startsWith(prefix) ? /^[0-9a-f]{12}$/.exec(namespace.slice(prefix.length))?.[0] : undefined;
}

/** This host's address on every tenant network: fe80::/64 with an interface id of its own. */
export function linkLocalAddress(site: string, host: string): string {
  const address = new Uint8Array(16);
  address.set([0xfe, 0x80]);
  address.set(hash('address', site, host).subarray(0, 8), 8);
  // Never a reserved interface id (RFC 5453): those begin with 00 or fd.
  address[8] = 0x02;
  return decodeIpAddress(address);
}
