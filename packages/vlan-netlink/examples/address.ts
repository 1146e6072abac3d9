// Gives a link addresses, lists them, and takes one away.
import { deleteAddress, ensureAddress, ensureLink, listAddresses, NetlinkSocket } from '@iorcl/vlan-netlink';

using socket = NetlinkSocket.open();
const { index } = await ensureLink(socket, { kind: 'veth', name: 'a', up: true, peer: { name: 'b' } });
await ensureAddress(socket, { index, address: '10.0.0.1', prefixLength: 24 });
await ensureAddress(socket, { index, address: 'fd00::1', prefixLength: 64, noDuplicateDetection: true });
for (const { address, prefixLength } of await listAddresses(socket, index)) console.log(`${address}/${prefixLength}`);
console.log(await deleteAddress(socket, { index, address: '10.0.0.1', prefixLength: 24 }));
