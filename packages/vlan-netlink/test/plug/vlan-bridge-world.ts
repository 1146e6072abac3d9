import { createBridge, deleteLink, findLink, isKernelError, NetlinkSocket } from '../../src/index.ts';
import { enterFreshNamespace, whyNoNamespaces } from '../../src/testing/index.ts';
import { type PhysicalWorldMaker, physnet1, physnet2 } from './physical-world.ts';

const bridgeOf = (physicalNetwork: string | undefined): string => (physicalNetwork === physnet1 ? 'vbr1' : 'vbr2');

async function whyNoVlanFiltering(): Promise<string | undefined> {
  const reason = whyNoNamespaces();
  if (reason !== undefined) return reason;
  const fresh = await enterFreshNamespace();
  try {
    using socket = NetlinkSocket.open();
    await createBridge(socket, { name: 'vbr', vlanFiltering: true });
    return undefined;
  } catch (error) {
    if (isKernelError(error)) return `this kernel has no bridges that filter VLANs: ${error.message}`;
    throw error;
  } finally {
    fresh.leave();
  }
}

/** A VLAN-aware bridge per physical network, which both hosts share. */
export const vlanBridgeWorld: PhysicalWorldMaker = {
  kind: 'vlan-bridge',
  whyNot: await whyNoVlanFiltering(),
  make: async () => {
    using socket = NetlinkSocket.open();
    for (const physicalNetwork of [physnet1, physnet2]) {
      await createBridge(socket, { name: bridgeOf(physicalNetwork), vlanFiltering: true, up: true });
    }
    return {
      targets: () => ({
        [physnet1]: { kind: 'vlan-bridge', bridge: bridgeOf(physnet1) },
        [physnet2]: { kind: 'vlan-bridge', bridge: bridgeOf(physnet2) },
      }),
      addNetwork: async () => undefined,
      switchPorts: async () => [],
      breakIt: async ({ physicalNetwork }) => {
        using breaker = NetlinkSocket.open();
        const bridge = await findLink(breaker, bridgeOf(physicalNetwork));
        if (bridge !== undefined) await deleteLink(breaker, bridge.index);
      },
      stop: async () => undefined,
    };
  },
};
