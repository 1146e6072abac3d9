// Changes everything that can be changed of a link, in two requests.
import {
  changeLink,
  createBridge,
  createVeth,
  ensureAlternativeNames,
  findLink,
  NetlinkSocket,
} from '@iorcl/vlan-netlink';

using socket = NetlinkSocket.open();
const bridge = await createBridge(socket, { name: 'br0' });
const a = await createVeth(socket, { name: 'a', peer: { name: 'b' } });
await changeLink(socket, a.index, { name: 'port0', mtu: 1400, mac: '02:00:00:00:00:0a', alias: 'mine', group: 7 });
await changeLink(socket, a.index, { master: bridge.index, addressGenerationMode: 'none', up: true });
await ensureAlternativeNames(socket, a.index, ['the-port-that-has-a-long-name']);
console.log(await findLink(socket, a.index));
await changeLink(socket, a.index, { master: null, up: false });
