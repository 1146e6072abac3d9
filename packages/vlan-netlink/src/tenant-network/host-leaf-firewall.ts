import type { Attribute } from '../codec/attribute.ts';
import { encodeIpAddress } from '../codec/ip-address.ts';
import {
  accept,
  compare,
  drop,
  loadMeta,
  loadNetworkBytes,
  loadTransportByte,
  maskBytes,
} from '../nftables/expression.ts';
import { type FilterChain, isTableSo, writeTable } from '../nftables/table.ts';
import type { PlugScene } from './plug-scene.ts';
import type { PlugStep } from './plug-step.ts';
import { withNftables } from './with-nftables.ts';

/** IFNAMSIZ. */
const LINK_NAME_BYTES = 16;
const NFPROTO_IPV6 = 10;
const TCP = 6;
const ICMPV6 = 58;
/** Byte of the TCP header with the flags, and what the first segment of a connection has of these (RFC 9293, 3.1). */
const TCP_FLAGS = 13;
const SYN = 0x02;
const SYN_OR_ACK = 0x12;
/** Where the addresses are in an IPv6 header (RFC 8200, 3). */
const SOURCE = 8;
const DESTINATION = 24;

function linkName(name: string): Uint8Array {
  const bytes = new Uint8Array(LINK_NAME_BYTES);
  bytes.set(new TextEncoder().encode(name));
  return bytes;
}

const ipv6: readonly Attribute[] = [loadMeta('family'), compare('equal', Uint8Array.of(NFPROTO_IPV6))];

function ofProtocol(protocol: number): readonly Attribute[] {
  return [loadMeta('protocol'), compare('equal', Uint8Array.of(protocol))];
}

function icmpTypes(first: number, last: number): readonly Attribute[] {
  return [
    ...ipv6,
    ...ofProtocol(ICMPV6),
    ...[loadTransportByte(0), compare('at least', Uint8Array.of(first)), compare('at most', Uint8Array.of(last))],
    accept(),
  ];
}

/** TCP between our link-local address and another one. */
function tcp(ours: number, theirs: number, linkLocal: string): readonly Attribute[] {
  return [
    ...ipv6,
    ...ofProtocol(TCP),
    ...[loadNetworkBytes(ours, 16), compare('equal', encodeIpAddress(linkLocal))],
    // fe80::/10
    ...[loadNetworkBytes(theirs, 2), maskBytes(0xff, 0xc0), compare('equal', Uint8Array.of(0xfe, 0x80))],
  ];
}

/**
 * What passes a tenant network's link among the host's own: TCP with link-local addresses, but nothing that would open a
 * connection to the host, and neighbour discovery. Nothing else of the host is reached by it, whatever address it has and
 * whatever it forwards elsewhere: no error about other connections of the host, no router's advertisement, no IPv4. And the
 * host's other programs tell the tenant nothing. Connections are not tracked, see decision 20.
 */
function chains({ identity, linkLocal }: PlugScene): readonly FilterChain[] {
  const name = linkName(identity.leaf);
  const others = (key: 'inputLinkName' | 'outputLinkName'): readonly Attribute[] => [
    ...[loadMeta(key), compare('not equal', name)],
    accept(),
  ];
  const notOpening = [loadTransportByte(TCP_FLAGS), maskBytes(SYN_OR_ACK), compare('not equal', Uint8Array.of(SYN))];
  return [
    {
      hook: 'input',
      policy: 'accept',
      rules: [
        others('inputLinkName'),
        [...tcp(DESTINATION, SOURCE, linkLocal), ...notOpening, accept()],
        // Neighbour solicitation and advertisement.
        icmpTypes(135, 136),
        [drop()],
      ],
    },
    {
      hook: 'forward',
      policy: 'accept',
      rules: [
        [loadMeta('inputLinkName'), compare('equal', name), drop()],
        [loadMeta('outputLinkName'), compare('equal', name), drop()],
      ],
    },
    {
      hook: 'output',
      policy: 'accept',
      rules: [
        others('outputLinkName'),
        [...tcp(SOURCE, DESTINATION, linkLocal), accept()],
        icmpTypes(135, 136),
        // Multicast listener reports, by which a snooping switch knows who wants to be solicited: MLD 1 and 2.
        icmpTypes(131, 132),
        icmpTypes(143, 143),
        [drop()],
      ],
    },
  ];
}

/** Before there is a link: rules name it, and wait. */
export function hostLeafFirewallSteps(scene: PlugScene): PlugStep[] {
  const { host, identity } = scene;
  const { table, leaf } = identity;
  return [
    {
      purpose: `keep the tenant network away from the host by the nftables table ${table}`,
      difference: async () =>
        (await withNftables(scene, () => isTableSo(host, table, chains(scene))))
          ? undefined
          : `the nftables table ${table} does not guard ${leaf}`,
      repair: () => withNftables(scene, async () => writeTable(host, table, chains(scene))),
    },
  ];
}
