// Each kind of link has a function of its own, too.
import {
  type CreatedLink,
  createBridge,
  createDummy,
  createGeneve,
  createGretap,
  createMacvlan,
  createMacvtap,
  createVeth,
  createVlan,
  createVrf,
  createVxlan,
  findLink,
  isKernelError,
  NetlinkSocket,
} from '@iorcl/vlan-netlink';

using socket = NetlinkSocket.open();
const { index: device } = await createVeth(socket, { name: 'eth0', peer: { name: 'eth0-peer' } });
const made: readonly (() => Promise<CreatedLink>)[] = [
  () => createBridge(socket, { name: 'br0' }),
  () => createDummy(socket, { name: 'dummy0' }),
  () => createVlan(socket, { name: 'eth0.100', device, vlanId: 100 }),
  () => createVxlan(socket, { name: 'vxlan0', vni: 5000, remote: '10.0.0.2' }),
  () => createGeneve(socket, { name: 'geneve0', vni: 5000, remote: '10.0.0.2' }),
  () => createGretap(socket, { name: 'gre-eth0', local: '10.0.0.1', remote: '10.0.0.2' }),
  () => createMacvlan(socket, { name: 'macvlan0', device, mode: 'bridge' }),
  () => createMacvtap(socket, { name: 'macvtap0', device, mode: 'bridge' }),
  () => createVrf(socket, { name: 'vrf-blue', table: 100 }),
];
for (const make of made) {
  try {
    const { index } = await make();
    console.log(index, (await findLink(socket, index))?.kind);
  } catch (error) {
    if (!isKernelError(error, 'EOPNOTSUPP')) throw error;
    console.log(error.message);
  }
}
