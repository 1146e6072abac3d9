import type { Attribute } from '../codec/attribute.ts';
import { accept, compare, loadMeta, loadTransportByte, maskBytes } from '../nftables/expression.ts';
import { type FilterChain, isTableSo, writeTable } from '../nftables/table.ts';
import { inTenant, type PlugScene } from './plug-scene.ts';
import type { PlugStep } from './plug-step.ts';
import { withNftables } from './with-nftables.ts';

const TABLE = 'iorcl-leaf';
/** ARPHRD_LOOPBACK, in the machine's byte order. */
const LOOPBACK = new Uint8Array(Uint16Array.of(772).buffer);
const TCP = 6;
const ICMP = 1;
const ICMPV6 = 58;
/** Byte of the TCP header with the flags, and what the first segment of a connection has of these (RFC 9293, 3.1). */
const TCP_FLAGS = 13;
const SYN = 0x02;
const SYN_OR_ACK = 0x12;

function ofProtocol(protocol: number, ...rest: readonly Attribute[]): readonly Attribute[] {
  return [loadMeta('protocol'), compare('equal', Uint8Array.of(protocol)), ...rest, accept()];
}

function ofTypes(first: number, last: number): readonly Attribute[] {
  return [loadTransportByte(0), compare('at least', Uint8Array.of(first)), compare('at most', Uint8Array.of(last))];
}

/**
 * What comes in of a tenant's network to a host that is only a client there: TCP, except what would open a connection;
 * errors about packets of ours; neighbour discovery, but no router's advertisement. Connections are not tracked: block
 * I/O is much traffic, and TCP itself refuses segments of connections that it does not have.
 */
const chains: readonly FilterChain[] = [
  {
    hook: 'input',
    policy: 'drop',
    rules: [
      [loadMeta('inputLinkType'), compare('equal', LOOPBACK), accept()],
      ofProtocol(TCP, loadTransportByte(TCP_FLAGS), maskBytes(SYN_OR_ACK), compare('not equal', Uint8Array.of(SYN))),
      // Destination unreachable, which path MTU discovery needs too.
      ofProtocol(ICMP, ...ofTypes(3, 3)),
      // Unreachable, packet too big, time exceeded, parameter problem.
      ofProtocol(ICMPV6, ...ofTypes(1, 4)),
      // Neighbour solicitation and advertisement.
      ofProtocol(ICMPV6, ...ofTypes(135, 136)),
    ],
  },
  { hook: 'forward', policy: 'drop', rules: [] },
];

/** Nobody on the tenant's network can open a connection to this host; before there is a link in the namespace. */
export function leafFirewallSteps(scene: PlugScene): PlugStep[] {
  if (scene.inbound === 'accepted') return [];
  const { namespace: name } = scene.identity;
  return [
    {
      purpose: `refuse connections into the network namespace ${name}`,
      difference: () =>
        inTenant(scene, async (_socket, namespace) =>
          (await withNftables(scene, () => isTableSo(namespace, TABLE, chains)))
            ? undefined
            : `the network namespace ${name} does not refuse connections`,
        ),
      repair: () =>
        inTenant(scene, (_socket, namespace) => withNftables(scene, async () => writeTable(namespace, TABLE, chains))),
    },
  ];
}
