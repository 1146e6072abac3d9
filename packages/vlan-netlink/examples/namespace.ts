// Makes a named namespace, moves a link into it, listens in it, and removes it.
import {
  changeLink,
  closeDescriptor,
  createVeth,
  listenTcp,
  listLinks,
  NamedNamespaces,
  NetlinkSocket,
} from '@iorcl/vlan-netlink';

using socket = NetlinkSocket.open();
const named = new NamedNamespaces();
named.ensure('blue');
using blue = named.open('blue');
const { index } = await createVeth(socket, { name: 'b', peer: { name: 'a' } });
await changeLink(socket, index, { namespace: blue });
using inside = NetlinkSocket.open({ namespace: blue });
await changeLink(inside, 1, { up: true });
console.log((await listLinks(inside)).map(({ name }) => name));
const fd = blue.runInside(() => listenTcp({ address: '127.0.0.1', port: 0 }));
closeDescriptor(fd); // or: spawn(…, { stdio: ['ignore', 1, 2, fd] })
console.log(named.list(), named.delete('blue'));
