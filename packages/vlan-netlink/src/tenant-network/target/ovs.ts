import type { PlugTarget } from '../contract.ts';
import type { PlugScene } from '../plug-scene.ts';
import { TenantNetworkError } from '../tenant-network-error.ts';
import type { TargetPlug } from './target-plug.ts';

export function ovsPlug(_scene: PlugScene, target: Extract<PlugTarget, { kind: 'ovs' }>): TargetPlug {
  const refuse = async (): Promise<never> => {
    throw new TenantNetworkError('plug_failed', `the target kind ${target.kind} is not there yet`);
  };
  return { check: refuse, steps: [] };
}
