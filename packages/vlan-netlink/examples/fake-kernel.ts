// Tries a program against a kernel in memory: no privileges are needed, and it can be made to refuse what it is asked.
import { ensureLink, findLink, isKernelError, type NetlinkSocket } from '@iorcl/vlan-netlink';
import { FakeKernel } from '@iorcl/vlan-netlink/testing';

async function program(socket: NetlinkSocket): Promise<string> {
  try {
    await ensureLink(socket, { kind: 'bridge', name: 'br0', mtu: 9000, up: true });
    return `br0 has an MTU of ${(await findLink(socket, 'br0'))?.mtu}`;
  } catch (error) {
    if (isKernelError(error, 'ENOBUFS')) return 'the kernel is short of memory';
    throw error;
  }
}

const kernel = new FakeKernel();
using socket = kernel.openSocket();
kernel.refuseWhen(({ type }) => (type === 16 ? 'ENOBUFS' : undefined));
console.log(await program(socket));
kernel.refuseWhen(() => undefined);
console.log(await program(socket));
