import { createBridge, deleteLink, findLink, NetlinkSocket } from '../../src/index.ts';
import type { TenantNetwork } from '../../src/tenant-network/contract.ts';
import { bridgeName } from '../../src/tenant-network/target/bridge.ts';
import { whyNoNamespaces } from '../../src/testing/index.ts';
import { type PhysicalWorldMaker, physnet1, physnet2 } from './physical-world.ts';

/** Both hosts' bridges of a network are one bridge. */
export const bridgeWorld: PhysicalWorldMaker = {
  kind: 'bridge',
  whyNot: whyNoNamespaces(),
  make: async () => ({
    targets: () => ({ [physnet1]: { kind: 'bridge' }, [physnet2]: { kind: 'bridge' } }),
    addNetwork: async ({ networkId }: TenantNetwork) => {
      using socket = NetlinkSocket.open();
      await createBridge(socket, { name: bridgeName(networkId), up: true });
    },
    switchPorts: async () => [],
    breakIt: async ({ networkId }) => {
      using socket = NetlinkSocket.open();
      const bridge = await findLink(socket, bridgeName(networkId));
      if (bridge !== undefined) await deleteLink(socket, bridge.index);
    },
    stop: async () => undefined,
  }),
};
