import type { PlugTarget } from '../contract.ts';
import type { PlugScene } from '../plug-scene.ts';
import { bridgePlug } from './bridge.ts';
import { neutronPortPlug } from './neutron-port.ts';
import { ovsPlug } from './ovs.ts';
import type { TargetPlug } from './target-plug.ts';
import { vlanPlug } from './vlan.ts';
import { vlanBridgePlug } from './vlan-bridge.ts';

/** A new kind of target needs its file here beside, and its line here. */
export function targetPlug(scene: PlugScene, target: PlugTarget): TargetPlug {
  switch (target.kind) {
    case 'bridge':
      return bridgePlug(scene);
    case 'vlan':
      return vlanPlug(scene, target);
    case 'vlan-bridge':
      return vlanBridgePlug(scene, target);
    case 'neutron-port':
      return neutronPortPlug(scene, target);
    case 'ovs':
      return ovsPlug(scene, target);
  }
}
