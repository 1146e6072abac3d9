// Sends many requests in one system call; each has an outcome of its own.
import {
  changeLinkRequest,
  deleteLinkRequest,
  ensureRouteRequest,
  findLink,
  NetlinkSocket,
  newAddressRequest,
  newLinkRequest,
} from '@iorcl/vlan-netlink';

using socket = NetlinkSocket.open();
const pairs = Array.from({ length: 100 }, (_, number) =>
  newLinkRequest({ kind: 'veth', name: `a${number}`, peer: { name: `b${number}` } }),
);
const outcomes = await socket.requestAll([...pairs, newLinkRequest({ kind: 'bridge', name: 'a7' })]);
for (const { error } of outcomes) if (error !== undefined) console.log(error.message);

const [a0, a1] = [await findLink(socket, 'a0'), await findLink(socket, 'a1')];
if (a0 === undefined || a1 === undefined) throw new Error('the links have vanished');
const results = await socket.requestAll([
  changeLinkRequest(a0.index, { mtu: 1400, up: true }),
  newAddressRequest({ index: a0.index, address: '10.0.0.1', prefixLength: 24 }),
  ensureRouteRequest({ destination: '10.1.0.0/16', gateway: '10.0.0.2' }),
  deleteLinkRequest(a1.index),
]);
console.log(results.map(({ error }) => error?.message ?? 'done'));
