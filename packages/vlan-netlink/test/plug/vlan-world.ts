import {
  changeLink,
  createVeth,
  createVlan,
  deleteLink,
  findLink,
  isKernelError,
  NetlinkSocket,
  NetworkNamespace,
} from '../../src/index.ts';
import { whyNoNamespaces } from '../../src/testing/index.ts';
import { type HostName, type PhysicalWorldMaker, physnet1, physnet2 } from './physical-world.ts';

/** Asks the kernel, in a namespace of its own, for a VLAN link. */
async function whyNoVlan(): Promise<string | undefined> {
  const reason = whyNoNamespaces();
  if (reason !== undefined) return reason;
  using namespace = NetworkNamespace.createAnonymous();
  using socket = NetlinkSocket.open({ namespace });
  await createVeth(socket, { name: 'd0', peer: { name: 'd1' } });
  const device = await findLink(socket, 'd0');
  try {
    await createVlan(socket, { name: 'd0.100', device: device?.index ?? 0, vlanId: 100 });
    return undefined;
  } catch (error) {
    if (isKernelError(error, 'EOPNOTSUPP')) return 'this kernel has no 802.1Q links';
    throw error;
  }
}

const ends: Record<HostName, readonly [string, string]> = { io: ['io1', 'io2'], compute: ['compute1', 'compute2'] };

/** A cable between the hosts per physical network. */
export const vlanWorld: PhysicalWorldMaker = {
  kind: 'vlan',
  whyNot: await whyNoVlan(),
  make: async () => {
    using socket = NetlinkSocket.open();
    for (const cable of [0, 1] as const) {
      await createVeth(socket, { name: ends.io[cable], peer: { name: ends.compute[cable] } });
      for (const host of ['io', 'compute'] as const) {
        const end = await findLink(socket, ends[host][cable]);
        await changeLink(socket, end?.index ?? 0, { up: true });
      }
    }
    return {
      targets: (host) => ({
        [physnet1]: { kind: 'vlan', device: ends[host][0] },
        [physnet2]: { kind: 'vlan', device: ends[host][1] },
      }),
      addNetwork: async () => undefined,
      switchPorts: async () => [],
      breakIt: async ({ physicalNetwork }) => {
        using breaker = NetlinkSocket.open();
        const cable = await findLink(breaker, ends.io[physicalNetwork === physnet1 ? 0 : 1]);
        if (cable !== undefined) await deleteLink(breaker, cable.index);
      },
      stop: async () => undefined,
    };
  },
};
