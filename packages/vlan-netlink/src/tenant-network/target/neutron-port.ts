import { OvsdbClient } from '../../open-vswitch/ovsdb-client.ts';
import type { PlugTarget } from '../contract.ts';
import type { PlugScene } from '../plug-scene.ts';
import { TenantNetworkError } from '../tenant-network-error.ts';
import { requireSwitchBridge } from './switch-bridge.ts';
import { internalPortSteps } from './switch-port.ts';
import type { TargetPlug } from './target-plug.ts';

/**
 * An internal port on the integration bridge that carries a Neutron port's id. Neutron's Open vSwitch agent, or OVN's
 * controller, sees it and connects it to its network; the tag is theirs. The entries are those that Nova's vif plug
 * writes (os-vif, `vif_plug_ovs/ovsdb/ovsdb_lib.py`, `create_ovs_vif_port`), less the instance's.
 */
export function neutronPortPlug(scene: PlugScene, target: Extract<PlugTarget, { kind: 'neutron-port' }>): TargetPlug {
  const { bridge, ovsdb } = target;
  const { port, network } = scene;
  if (port === undefined) {
    throw new TenantNetworkError('port_required', `network ${network.networkId} is plugged without a Neutron port`);
  }
  const interfaceExternalIds = { 'iface-id': port.id, 'iface-status': 'active', 'attached-mac': port.macAddress };
  return {
    check: async () => {
      using client = await OvsdbClient.connect(ovsdb);
      await requireSwitchBridge(client, scene, target);
    },
    steps: internalPortSteps(scene, { bridge, ovsdb, tagIsOurs: false, interfaceExternalIds }),
  };
}
