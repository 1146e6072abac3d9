// Sets a route, replaces it, lists routes, and deletes it.
import { deleteRoute, ensureAddress, ensureLink, ensureRoute, listRoutes, NetlinkSocket } from '@iorcl/vlan-netlink';

using socket = NetlinkSocket.open();
const { index } = await ensureLink(socket, { kind: 'veth', name: 'a', up: true, peer: { name: 'b' } });
await ensureAddress(socket, { index, address: '10.0.0.1', prefixLength: 24 });
const destination = '10.1.0.0/16';
console.log(await ensureRoute(socket, { destination, gateway: '10.0.0.2' }));
console.log(await ensureRoute(socket, { destination, gateway: '10.0.0.3' }));
for (const route of await listRoutes(socket, { table: 254 })) console.log(route.destination, route.gateway ?? 'direct');
console.log(await deleteRoute(socket, { destination }));
