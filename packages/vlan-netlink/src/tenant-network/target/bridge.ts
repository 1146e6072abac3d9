import type { Link } from '../../link/link.ts';
import { findLink } from '../../link/query.ts';
import type { PlugScene } from '../plug-scene.ts';
import { TenantNetworkError } from '../tenant-network-error.ts';
import type { TargetPlug } from './target-plug.ts';
import { bridgePortStep, findOuterEnd, outerEndUpStep, vethPairStep } from './veth-pair.ts';

/** As Neutron's Linux bridge agent names it (`get_bridge_name`). */
export function bridgeName(networkId: string): string {
  return `brq${networkId.slice(0, 11)}`;
}

/** A veth pair: one end is the leaf, the other one is a port of the network's bridge. */
export function bridgePlug(scene: PlugScene): TargetPlug {
  const { hostSocket, network } = scene;
  const bridge = bridgeName(network.networkId);

  async function findBridge(): Promise<Link> {
    const link = await findLink(hostSocket, bridge);
    if (link?.kind === 'bridge') return link;
    const what = link === undefined ? 'is not on this host' : 'is no bridge';
    throw new TenantNetworkError(
      'bridge_missing',
      `cannot plug network ${network.networkId}: its bridge ${bridge} ${what}; Neutron's Linux bridge agent makes it with the network's first port here`,
    );
  }

  return {
    check: async () => {
      await findBridge();
      await findOuterEnd(scene);
    },
    steps: [
      vethPairStep(scene, async () => (await findBridge()).mtu),
      bridgePortStep(scene, bridge, findBridge),
      outerEndUpStep(scene),
    ],
  };
}
