// Says something to the kernel that has no verb here: the codec makes the bytes, and reads what comes back.
import { decodeLink, findLinkSync, type NetlinkRequest, NetlinkSocket } from '@iorcl/vlan-netlink';
import { decodeLinkMessage, encodeLinkMessage, findU32 } from '@iorcl/vlan-netlink/codec';

using socket = NetlinkSocket.open();
const IFLA_TXQLEN = 13;
const request: NetlinkRequest = {
  type: 18, // RTM_GETLINK
  payload: encodeLinkMessage({ family: 0, hardwareType: 0, index: 1, flags: 0, change: 0, attributes: [] }),
  description: 'read the loopback link', // for errors: "cannot read the loopback link: …"
};
for (const { payload } of await socket.request(request)) {
  console.log(decodeLink(payload).name, findU32(decodeLinkMessage(payload).attributes, IFLA_TXQLEN));
}
// Of long dumps: what is wanted of each message, and the messages are not kept.
const NLM_F_DUMP = 0x300;
const indexes = await socket.collect(
  { ...request, flags: NLM_F_DUMP, payload: new Uint8Array(16), description: 'list the links' },
  ({ payload }) => decodeLinkMessage(payload).index,
);
console.log(indexes.includes(1));
// Where one cannot wait, such as inside NetworkNamespace.runInside.
console.log(socket.requestSync(request).length, findLinkSync(socket, 'lo')?.index);
socket.close();
