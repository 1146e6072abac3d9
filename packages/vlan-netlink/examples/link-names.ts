// Makes valid names of keys of any length, checks names, and gives a link more of them.
import {
  checkLinkName,
  createBridge,
  deleteAlternativeNames,
  ensureAlternativeNames,
  findLink,
  LinkNameError,
  linkNameFor,
  NetlinkSocket,
} from '@iorcl/vlan-netlink';

const name = linkNameFor('br-', 'a physical network with a very long name: rack 7');
console.log(name, name.length, name === linkNameFor('br-', 'a physical network with a very long name: rack 7'));
try {
  checkLinkName('a-name-of-more-than-15-bytes');
} catch (error) {
  if (error instanceof LinkNameError) console.log(error.message);
}
using socket = NetlinkSocket.open();
const { index } = await createBridge(socket, { name });
await ensureAlternativeNames(socket, index, ['a-name-of-more-than-15-bytes']);
console.log((await findLink(socket, 'a-name-of-more-than-15-bytes'))?.index === index);
console.log(await deleteAlternativeNames(socket, index, ['a-name-of-more-than-15-bytes']));
