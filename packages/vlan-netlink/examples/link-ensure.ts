// Makes sure that a link is as wanted: made once, repaired when somebody has changed it.
import { changeLink, ensureLink, NetlinkSocket } from '@iorcl/vlan-netlink';

using socket = NetlinkSocket.open();
const wanted = { kind: 'veth', name: 'blue', up: true, mtu: 1400, alias: 'mine', peer: { name: 'blue-peer' } } as const;
const { changed, index } = await ensureLink(socket, wanted);
console.log('made', changed, await ensureLink(socket, wanted));
await changeLink(socket, index, { mtu: 1300 });
console.log('repaired', (await ensureLink(socket, wanted)).changed);
