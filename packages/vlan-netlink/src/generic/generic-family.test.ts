import { expect, it } from 'vitest';
import { NetlinkSocket } from '../socket/netlink-socket.ts';
import { findGenericFamily, GENERIC_NETLINK } from './generic-family.ts';

it('finds the message type of a generic netlink family by its name, and knows when there is none', async () => {
  using socket = NetlinkSocket.open({ protocol: GENERIC_NETLINK });
  expect(await findGenericFamily(socket, 'nlctrl')).toBe(16);
  expect(await findGenericFamily(socket, 'no-such-family')).toBeUndefined();
});
