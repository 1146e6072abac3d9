// Tells the kernel a neighbour's MAC address, and by which port of a bridge frames for another one leave.
import {
  deleteForwarding,
  deleteNeighbour,
  ensureForwarding,
  ensureLink,
  ensureNeighbour,
  listForwarding,
  listNeighbours,
  NetlinkSocket,
} from '@iorcl/vlan-netlink';

using socket = NetlinkSocket.open();
const { index: master } = await ensureLink(socket, { kind: 'bridge', name: 'br0', up: true });
const { index } = await ensureLink(socket, { kind: 'veth', name: 'a', up: true, master, peer: { name: 'b' } });
const neighbour = { index: master, address: '10.0.0.2', mac: '02:00:00:00:00:02' };
console.log(await ensureNeighbour(socket, neighbour), await listNeighbours(socket, master));
console.log(await ensureForwarding(socket, { index, mac: '02:00:00:00:00:03' }));
console.log((await listForwarding(socket, index)).map(({ mac }) => mac));
console.log(
  await deleteForwarding(socket, { index, mac: '02:00:00:00:00:03' }),
  await deleteNeighbour(socket, neighbour),
);
