import type { PlugTarget } from '../contract.ts';

/** A text that doesn't say how physical networks are reached. The message names every item that is wrong. */
export class PlugTargetNotationError extends Error {
  override readonly name = 'PlugTargetNotationError';
  readonly code = 'plug_target_notation';
}

const FORMS = [
  'PHYSNET:bridge',
  'PHYSNET:vlan:DEVICE',
  'PHYSNET:vlan-bridge:BRIDGE',
  'PHYSNET:ovs:BRIDGE@tcp:HOST:PORT',
  'PHYSNET:ovs-veth:BRIDGE@tcp:HOST:PORT',
  'PHYSNET:neutron-port:BRIDGE@tcp:HOST:PORT',
];

/**
 * Parses the notation for configuration files, separated by commas: `PHYSNET:bridge`, `PHYSNET:vlan:DEVICE`,
 * `PHYSNET:vlan-bridge:BRIDGE`, and `PHYSNET:KIND:BRIDGE@tcp:HOST:PORT` (or `@unix:PATH`) where KIND is `ovs`,
 * `ovs-veth` or `neutron-port`. `*` instead of PHYSNET: every other network, also those without a physical network.
 *
 * @throws PlugTargetNotationError
 */
export function parsePlugTargets(text: string): Readonly<Record<string, PlugTarget>> {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  const targets: Record<string, PlugTarget> = {};
  const problems: string[] = [];
  if (items.length === 0) problems.push('expected at least one, for example physnet1:vlan:eth1');
  for (const item of items) {
    const [, name, rest] = /^([^:\s]+):(.+)$/.exec(item) ?? [];
    const target = rest === undefined ? undefined : parseTarget(rest);
    if (name === undefined || target === undefined) {
      problems.push(`${item} is not ${FORMS.slice(0, -1).join(', ')} or ${FORMS.at(-1)}`);
    } else if (Object.hasOwn(targets, name)) {
      problems.push(`${name} is there twice`);
    } else {
      targets[name] = target;
    }
  }
  if (problems.length > 0) throw new PlugTargetNotationError(problems.join('; '));
  return targets;
}

function parseTarget(text: string): PlugTarget | undefined {
  if (text === 'bridge') return { kind: 'bridge' };
  const vlan = /^vlan:([^\s:@]+)$/.exec(text)?.[1];
  if (vlan !== undefined) return { kind: 'vlan', device: vlan };
  const vlanBridge = /^vlan-bridge:([^\s:@]+)$/.exec(text)?.[1];
  if (vlanBridge !== undefined) return { kind: 'vlan-bridge', bridge: vlanBridge };
  const [, kind, bridge, ovsdb] =
    /^(ovs|ovs-veth|neutron-port):([^\s:@]+)@((?:tcp:\S+:\d+)|(?:unix:\/\S+))$/.exec(text) ?? [];
  if (bridge === undefined || ovsdb === undefined) return undefined;
  if (kind === 'neutron-port') return { kind, bridge, ovsdb };
  return kind === 'ovs-veth' ? { kind: 'ovs', bridge, ovsdb, port: 'veth' } : { kind: 'ovs', bridge, ovsdb };
}
