import type { PlugTarget } from '../contract.ts';

/** A text that doesn't say how physical networks are reached. The message names every item that is wrong. */
export class PlugTargetNotationError extends Error {
  override readonly name = 'PlugTargetNotationError';
  readonly code = 'plug_target_notation';
}

/**
 * Parses the notation for configuration files: `PHYSNET:bridge`, `PHYSNET:vlan:DEVICE` or
 * `PHYSNET:ovs:BRIDGE@tcp:HOST:PORT` (or `@unix:PATH`), separated by commas.
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
      problems.push(`${item} is not PHYSNET:bridge, PHYSNET:vlan:DEVICE or PHYSNET:ovs:BRIDGE@tcp:HOST:PORT`);
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
  const [, bridge, ovsdb] = /^ovs:([^\s:@]+)@((?:tcp:\S+:\d+)|(?:unix:\/\S+))$/.exec(text) ?? [];
  return bridge === undefined || ovsdb === undefined ? undefined : { kind: 'ovs', bridge, ovsdb };
}
