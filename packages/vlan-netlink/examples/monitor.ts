// Prints what changes, until the link that it waits for is there.
import { ensureLink, NetlinkSocket, NetworkMonitor } from '@iorcl/vlan-netlink';

using socket = NetlinkSocket.open();
using monitor = NetworkMonitor.open({
  topics: ['link', 'address'],
  snapshot: true,
  signal: AbortSignal.timeout(10_000),
});
for await (const change of monitor) {
  if (change.topic === 'snapshot') {
    console.log('there are', change.links.length, 'links');
    await ensureLink(socket, { kind: 'bridge', name: 'br0', up: true });
  }
  if (change.topic === 'link') console.log(change.action, change.link.name);
  if (change.topic === 'link' && change.link.name === 'br0' && change.link.up) break;
}
