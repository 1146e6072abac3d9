import {
  changeLinkRequest,
  deleteLinkRequest,
  ensureRouteRequest,
  type LinkSpecification,
  type NetlinkRequest,
  newAddressRequest,
  newLinkRequest,
} from '../../src/index.ts';

/** A datagram on a netlink socket, as it was seen: to the kernel or from it. */
export interface Conversation {
  readonly direction: 'to' | 'from';
  readonly hex: string;
}

/** What `capture.ts` records of a command. */
export interface Fixture {
  readonly command: string;
  readonly kernel: string;
  readonly conversation: readonly Conversation[];
  /** The same things afterwards, as "ip -json -details" tells them, and as the kernel told "ip". */
  readonly told?: unknown;
  readonly toldConversation?: readonly Conversation[];
}

/** A command of iproute2, and our request that should say the same. */
export interface Command {
  readonly name: string;
  readonly before?: readonly string[];
  readonly command: string;
  /** `device`: the index of the link "below", taken from the fixture. */
  readonly request?: (device: number) => NetlinkRequest;
  readonly show?: string;
}

const below = 'ip link add below type veth peer name below-peer';
const showX = 'link show dev x';

function link(
  name: string,
  command: string,
  make: (device: number) => LinkSpecification,
  before: string[] = [],
): Command {
  return { name, before, command, request: (device) => newLinkRequest(make(device)), show: showX };
}

/** Adding a link kind means a line here, too. */
export const commands: readonly Command[] = [
  link('link-veth', 'ip link add x mtu 1400 type veth peer name y mtu 1300', () => ({
    kind: 'veth',
    name: 'x',
    mtu: 1400,
    peer: { name: 'y', mtu: 1300 },
  })),
  link('link-dummy', 'ip link add x address 02:00:00:00:00:01 type dummy', () => ({
    kind: 'dummy',
    name: 'x',
    mac: '02:00:00:00:00:01',
  })),
  link('link-bridge', 'ip link add x type bridge vlan_filtering 1 vlan_default_pvid 7 ageing_time 10000', () => ({
    kind: 'bridge',
    name: 'x',
    vlanFiltering: true,
    defaultPvid: 7,
    ageingTime: 10_000,
  })),
  link(
    'link-vlan',
    'ip link add link below name x type vlan protocol 802.1q id 100',
    (device) => ({ kind: 'vlan', name: 'x', device, vlanId: 100 }),
    [below],
  ),
  link(
    'link-vlan-8021ad',
    'ip link add link below name x type vlan protocol 802.1ad id 100',
    (device) => ({ kind: 'vlan', name: 'x', device, vlanId: 100, protocol: 0x88a8 }),
    [below],
  ),
  link(
    'link-vxlan',
    'ip link add x type vxlan id 5000 dstport 4789 local 10.9.0.1 remote 10.9.0.2 ttl 64 nolearning',
    () => ({ kind: 'vxlan', name: 'x', vni: 5000, local: '10.9.0.1', remote: '10.9.0.2', ttl: 64, learning: false }),
  ),
  link('link-vxlan-ipv6', 'ip link add x type vxlan id 5000 dstport 8472 local fd00::1 remote fd00::2', () => ({
    kind: 'vxlan',
    name: 'x',
    vni: 5000,
    port: 8472,
    local: 'fd00::1',
    remote: 'fd00::2',
  })),
  link('link-geneve', 'ip link add x type geneve id 5000 remote 10.9.0.2 ttl 64', () => ({
    kind: 'geneve',
    name: 'x',
    vni: 5000,
    remote: '10.9.0.2',
    ttl: 64,
  })),
  link('link-gretap', 'ip link add x type gretap local 10.9.0.1 remote 10.9.0.2 key 42', () => ({
    kind: 'gretap',
    name: 'x',
    local: '10.9.0.1',
    remote: '10.9.0.2',
    key: 42,
  })),
  link('link-ip6gretap', 'ip link add x type ip6gretap local fd00::1 remote fd00::2', () => ({
    kind: 'gretap',
    name: 'x',
    local: 'fd00::1',
    remote: 'fd00::2',
  })),
  link(
    'link-macvlan',
    'ip link add link below name x type macvlan mode bridge',
    (device) => ({ kind: 'macvlan', name: 'x', device, mode: 'bridge' }),
    [below],
  ),
  link(
    'link-macvtap',
    'ip link add link below name x type macvtap mode private',
    (device) => ({ kind: 'macvtap', name: 'x', device, mode: 'private' }),
    [below],
  ),
  link('link-vrf', 'ip link add x type vrf table 100', () => ({ kind: 'vrf', name: 'x', table: 100 })),
  {
    name: 'link-set',
    before: [below],
    command: 'ip link set dev below alias mine mtu 1400 group 7 up',
    request: (device) => changeLinkRequest(device, { alias: 'mine', mtu: 1400, group: 7, up: true }),
    show: 'link show dev below',
  },
  { name: 'link-delete', before: [below], command: 'ip link delete dev below', request: deleteLinkRequest },
  {
    name: 'address-add',
    before: [below],
    command: 'ip address add 10.9.0.1/24 dev below',
    request: (index) => newAddressRequest({ index, address: '10.9.0.1', prefixLength: 24 }),
    show: 'address show dev below',
  },
  {
    name: 'address-add-ipv6',
    before: [below],
    command: 'ip address add fe80::1/64 dev below nodad',
    request: (index) => newAddressRequest({ index, address: 'fe80::1', prefixLength: 64, noDuplicateDetection: true }),
    show: 'address show dev below',
  },
  {
    name: 'route-replace',
    before: [below, 'ip address add 10.9.0.1/24 dev below', 'ip link set below up'],
    command: 'ip route replace 10.1.0.0/16 via 10.9.0.2 metric 50 table 5000 proto static',
    request: () => ensureRouteRequest({ destination: '10.1.0.0/16', gateway: '10.9.0.2', metric: 50, table: 5000 }),
    show: 'route show table 5000',
  },
  {
    name: 'neighbour-list',
    before: [below, 'ip link set below up', 'ip neighbour add 10.9.0.2 lladdr 02:00:00:00:00:02 dev below'],
    command: 'ip link show dev below',
    show: 'neighbour show dev below',
  },
  {
    name: 'bridge-vlan-add',
    before: ['ip link add name br0 type bridge vlan_filtering 1', below, 'ip link set below master br0'],
    command: 'bridge vlan add vid 200-299 dev below',
    show: 'link show dev below',
  },
  {
    name: 'bridge-vlan-show',
    before: [
      'ip link add name br0 type bridge vlan_filtering 1',
      below,
      'ip link set below master br0',
      'bridge vlan add vid 200-299 dev below',
      'bridge vlan add vid 100 pvid untagged dev below',
    ],
    command: 'bridge -compressvlans vlan show',
  },
];
