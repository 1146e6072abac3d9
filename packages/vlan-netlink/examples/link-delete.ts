// Deletes one link, and then a thousand at once.
import { createVeth, deleteLink, deleteLinkGroup, findLink, NetlinkSocket, newLinkRequest } from '@iorcl/vlan-netlink';

using socket = NetlinkSocket.open();
const { index } = await createVeth(socket, { name: 'a', peer: { name: 'b' } });
console.log(await deleteLink(socket, index), await findLink(socket, 'b'));
const many = Array.from({ length: 500 }, (_, number) =>
  newLinkRequest({ kind: 'veth', name: `a${number}`, group: 7, peer: { name: `b${number}`, group: 7 } }),
);
const outcomes = await socket.requestAll(many);
console.log('refused', outcomes.filter(({ error }) => error !== undefined).length);
console.log(await deleteLinkGroup(socket, 7));
