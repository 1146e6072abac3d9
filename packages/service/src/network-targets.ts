import type * as z from 'zod';
import { option } from './option.ts';

/** How a physical network is reached from a host. */
export type NetworkTarget =
  | { readonly kind: 'vlan'; readonly device: string }
  | { readonly kind: 'bridge' }
  | { readonly kind: 'ovs'; readonly bridge: string; readonly ovsdb: string };

/** By name of the physical network. */
export type NetworkTargets = Readonly<Record<string, NetworkTarget>>;

/**
 * Parses which way leads to which physical network: `PHYSNET:bridge`, `PHYSNET:vlan:DEVICE` or
 * `PHYSNET:ovs:BRIDGE@tcp:HOST:PORT` (or `@unix:PATH`), separated by commas.
 */
export const networkTargets: z.ZodType<NetworkTargets, string> = option.list().transform((items, context) => {
  const targets: Record<string, NetworkTarget> = {};
  const problem = (message: string): void => void context.addIssue({ code: 'custom', message });
  if (items.length === 0) problem('expected at least one, for example physnet1:vlan:eth1');
  for (const item of items) {
    const [, name, rest] = /^([^:\s]+):(.+)$/.exec(item) ?? [];
    const target = rest === undefined ? undefined : parseTarget(rest);
    if (name === undefined || target === undefined) {
      problem(`${item} is not PHYSNET:bridge, PHYSNET:vlan:DEVICE or PHYSNET:ovs:BRIDGE@tcp:HOST:PORT`);
    } else if (Object.hasOwn(targets, name)) {
      problem(`${name} is there twice`);
    } else {
      targets[name] = target;
    }
  }
  return targets;
});

function parseTarget(text: string): NetworkTarget | undefined {
  if (text === 'bridge') return { kind: 'bridge' };
  const vlan = /^vlan:([^\s:@]+)$/.exec(text)?.[1];
  if (vlan !== undefined) return { kind: 'vlan', device: vlan };
  const [, bridge, ovsdb] = /^ovs:([^\s:@]+)@((?:tcp:\S+:\d+)|(?:unix:\/\S+))$/.exec(text) ?? [];
  return bridge === undefined || ovsdb === undefined ? undefined : { kind: 'ovs', bridge, ovsdb };
}
