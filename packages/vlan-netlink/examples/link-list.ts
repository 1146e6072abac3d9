// Lists links, and reads one by its name.
import { findLink, listLinks, NetlinkSocket } from '@iorcl/vlan-netlink';

using socket = NetlinkSocket.open();
for (const { index, name, kind = 'hardware', up, mtu, mac } of await listLinks(socket)) {
  console.log(index, name, kind, up ? 'up' : 'down', mtu, mac);
}
console.log((await findLink(socket, 'nonexistent')) ?? 'no such link');
