// Makes a port of a VLAN-aware bridge an access port of VLAN 100 that also carries 200 to 299 with tags.
import {
  addBridgeVlans,
  deleteBridgeVlans,
  ensureBridgeVlans,
  ensureLink,
  isKernelError,
  listBridgeVlans,
  NetlinkSocket,
} from '@iorcl/vlan-netlink';

using socket = NetlinkSocket.open();
try {
  const { index: master } = await ensureLink(socket, { kind: 'bridge', name: 'br0', vlanFiltering: true });
  const { index } = await ensureLink(socket, { kind: 'veth', name: 'a', master, peer: { name: 'b' } });
  const vlans = [
    { vlanId: 100, pvid: true, untagged: true },
    { vlanId: 200, lastVlanId: 299 },
  ];
  console.log(await ensureBridgeVlans(socket, index, vlans), await ensureBridgeVlans(socket, index, vlans));
  await addBridgeVlans(socket, index, [{ vlanId: 300 }]);
  await deleteBridgeVlans(socket, index, [{ vlanId: 250 }]);
  console.log((await listBridgeVlans(socket, index))[0]?.vlans);
} catch (error) {
  if (!isKernelError(error, 'EOPNOTSUPP')) throw error;
  console.log('the bridges of this kernel know no VLANs');
}
