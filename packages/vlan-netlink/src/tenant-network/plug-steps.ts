import { hostLeafFirewallSteps } from './host-leaf-firewall.ts';
import { hostLeafSysctlSteps } from './host-leaf-sysctl.ts';
import { leafFirewallSteps } from './leaf-firewall.ts';
import { leafSteps } from './leaf-steps.ts';
import { namespaceSteps } from './namespace-steps.ts';
import type { PlugScene } from './plug-scene.ts';
import type { PlugStep } from './plug-step.ts';
import type { TargetPlug } from './target/target-plug.ts';

/** All that a plugged network consists of, in the order in which it is made. */
export function plugSteps(scene: PlugScene, target: TargetPlug): PlugStep[] {
  if (scene.place === 'host') {
    return [...hostLeafFirewallSteps(scene), ...target.steps, ...hostLeafSysctlSteps(scene), ...leafSteps(scene)];
  }
  return [...namespaceSteps(scene), ...leafFirewallSteps(scene), ...target.steps, ...leafSteps(scene)];
}
