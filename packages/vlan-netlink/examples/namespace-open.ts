// Opens namespaces in all ways, and works in them while the rest of the program stays where it is.
import { ensureLink, listLinks, NamedNamespaces, NetlinkSocket, NetworkNamespace } from '@iorcl/vlan-netlink';

const named = new NamedNamespaces();
named.create('blue');
console.log(named.has('blue'), named.path('blue'));
using blue = NetworkNamespace.openPath(named.path('blue'));
using mine = NetworkNamespace.openPid(process.pid);
using here = NetworkNamespace.current();
console.log(mine.identity === here.identity, mine.identity === blue.identity);

using socket = NetlinkSocket.open();
using inside = socket.openIn(blue); // for good; this thread stays where it is
await ensureLink(inside, { kind: 'bridge', name: 'br0' });
console.log((await listLinks(inside)).map(({ name }) => name));

// Synchronous work inside: whatever happens, the thread comes back.
console.log(blue.runInside(() => NetworkNamespace.current().identity) === blue.identity);

using anonymous = NetworkNamespace.createAnonymous(); // gone with its last user
anonymous.enter(); // the whole thread, to stay
console.log(NetworkNamespace.current().identity === anonymous.identity);
here.enter();
named.delete('blue');
