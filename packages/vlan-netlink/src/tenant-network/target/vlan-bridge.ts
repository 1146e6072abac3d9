import { type BridgeVlanRange, ensureBridgeVlans, listBridgeVlans } from '../../bridge-vlan/bridge-vlan.ts';
import type { Link } from '../../link/link.ts';
import { findLink } from '../../link/query.ts';
import type { PlugTarget } from '../contract.ts';
import { type PlugScene, vlanOf } from '../plug-scene.ts';
import { TenantNetworkError } from '../tenant-network-error.ts';
import type { TargetPlug } from './target-plug.ts';
import { bridgePortStep, findOuterEnd, outerEndUpStep, vethPairStep } from './veth-pair.ts';

const none: BridgeVlanRange = { first: 0, last: 0, pvid: false, untagged: false };

/** A veth pair: one end is the leaf, the other one is an access port of a bridge that filters VLANs. */
export function vlanBridgePlug(scene: PlugScene, { bridge }: Extract<PlugTarget, { kind: 'vlan-bridge' }>): TargetPlug {
  const { hostSocket, identity } = scene;
  const { vlanId, physicalNetwork } = vlanOf(scene);
  const tried = `cannot plug VLAN ${vlanId} of physical network "${physicalNetwork}"`;

  async function findBridge(): Promise<Link> {
    const link = await findLink(hostSocket, bridge);
    if (link?.kind !== 'bridge') {
      const what = link === undefined ? 'is not on this host' : 'is no bridge';
      throw new TenantNetworkError('bridge_missing', `${tried}: the link ${bridge} ${what}`);
    }
    if (link.details?.kind === 'bridge' && link.details.vlanFiltering === true) return link;
    throw new TenantNetworkError(
      'bridge_not_vlan_aware',
      `${tried}: the bridge ${bridge} does not filter VLANs; "ip link set ${bridge} type bridge vlan_filtering 1" makes it do so`,
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
      {
        purpose: `make ${identity.port} an access port of VLAN ${vlanId}`,
        difference: async () => {
          const port = await findOuterEnd(scene);
          const [{ vlans } = { vlans: [] }] = port === undefined ? [] : await listBridgeVlans(hostSocket, port.index);
          const [{ first, last, pvid, untagged } = none] = vlans;
          if (vlans.length === 1 && first === vlanId && last === vlanId && pvid && untagged) return undefined;
          const listed = vlans.map((range) => `${range.first}-${range.last}`).join(', ') || 'none';
          return `${identity.port} has the VLANs ${listed}, should have ${vlanId} as PVID, untagged, and no other`;
        },
        // A new port has the bridge's default PVID: somebody else's network.
        repair: async () => {
          const port = await findOuterEnd(scene);
          if (port === undefined) return;
          await ensureBridgeVlans(hostSocket, port.index, [{ vlanId, pvid: true, untagged: true }]);
        },
      },
      outerEndUpStep(scene),
    ],
  };
}
