import { findLink } from '../../link/query.ts';
import { OvsdbClient } from '../../open-vswitch/ovsdb-client.ts';
import type { PlugTarget } from '../contract.ts';
import { type PlugScene, vlanOf } from '../plug-scene.ts';
import { requireSwitchBridge } from './switch-bridge.ts';
import { internalPortSteps, systemPortStep } from './switch-port.ts';
import type { TargetPlug } from './target-plug.ts';
import { findOuterEnd, outerEndUpStep, vethPairStep } from './veth-pair.ts';

const ETHERNET_MTU = 1500;

/** An Open vSwitch port with the VLAN's tag: an internal one, or one end of a veth pair. */
export function ovsPlug(scene: PlugScene, target: Extract<PlugTarget, { kind: 'ovs' }>): TargetPlug {
  const { bridge, ovsdb } = target;
  const wanted = { bridge, ovsdb, tag: vlanOf(scene).vlanId, tagIsOurs: true };
  const check = async (): Promise<void> => {
    using client = await OvsdbClient.connect(ovsdb);
    await requireSwitchBridge(client, scene, wanted);
    if (target.port === 'veth') await findOuterEnd(scene);
  };
  if (target.port !== 'veth') return { check, steps: internalPortSteps(scene, wanted) };
  // The switch's local link of the bridge has its MTU; with a database elsewhere there is none here.
  const mtu = async (): Promise<number> => (await findLink(scene.hostSocket, bridge))?.mtu ?? ETHERNET_MTU;
  return { check, steps: [vethPairStep(scene, mtu), systemPortStep(scene, wanted), outerEndUpStep(scene)] };
}
