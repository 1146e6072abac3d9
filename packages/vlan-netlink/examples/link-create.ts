// Creates a link of each kind that this kernel has, all in one call. The first one is needed by some of the others.
import { createLink, findLink, isKernelError, type LinkSpecification, NetlinkSocket } from '@iorcl/vlan-netlink';

using socket = NetlinkSocket.open();
const { index: device } = await createLink(socket, { kind: 'veth', name: 'eth0', peer: { name: 'eth0-peer' } });
const links: readonly LinkSpecification[] = [
  { kind: 'bridge', name: 'br0', vlanFiltering: true, defaultPvid: 0 },
  { kind: 'dummy', name: 'dummy0', mac: '02:00:00:00:00:01' },
  { kind: 'vlan', name: 'eth0.100', device, vlanId: 100 },
  { kind: 'vlan', name: 'eth0.s200', device, vlanId: 200, protocol: 0x88a8 },
  { kind: 'vxlan', name: 'vxlan0', vni: 5000, local: '10.0.0.1', remote: '10.0.0.2' },
  { kind: 'geneve', name: 'geneve0', vni: 5000, remote: '10.0.0.2' },
  { kind: 'gretap', name: 'gre-eth0', local: '10.0.0.1', remote: '10.0.0.2', key: 42 },
  { kind: 'gretap', name: 'gre6-eth0', local: 'fd00::1', remote: 'fd00::2' },
  { kind: 'macvlan', name: 'macvlan0', device, mode: 'bridge' },
  { kind: 'macvtap', name: 'macvtap0', device, mode: 'bridge' },
  { kind: 'vrf', name: 'vrf-blue', table: 100 },
];
for (const link of links) {
  try {
    const { index } = await createLink(socket, link);
    console.log(link.name, (await findLink(socket, index))?.details);
  } catch (error) {
    if (!isKernelError(error, 'EOPNOTSUPP')) throw error;
    console.log(link.name, 'is of a kind that this kernel has not');
  }
}
