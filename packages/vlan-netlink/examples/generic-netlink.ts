// Finds the message type of a generic netlink family.
import { findGenericFamily, GENERIC_NETLINK, NetlinkSocket } from '@iorcl/vlan-netlink';

using socket = NetlinkSocket.open({ protocol: GENERIC_NETLINK });
console.log('nlctrl', await findGenericFamily(socket, 'nlctrl'));
