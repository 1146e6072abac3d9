import { describe, expect, it } from 'vitest';
import { PlugTargetNotationError, parsePlugTargets } from './notation.ts';

describe('parsePlugTargets', () => {
  it('H16: each physical network has a way of its own', () => {
    const text =
      'physnet1:bridge, physnet2:vlan:eth1,\nphysnet3:ovs:br-phys1@tcp:127.0.0.1:6640,p4:ovs:br@unix:/run/db';
    expect(parsePlugTargets(text)).toEqual({
      physnet1: { kind: 'bridge' },
      physnet2: { kind: 'vlan', device: 'eth1' },
      physnet3: { kind: 'ovs', bridge: 'br-phys1', ovsdb: 'tcp:127.0.0.1:6640' },
      p4: { kind: 'ovs', bridge: 'br', ovsdb: 'unix:/run/db' },
    });
  });

  it('reads every kind, and * for whatever has no way of its own', () => {
    const text = 'p1:vlan-bridge:vbr, p2:ovs-veth:br@unix:/run/db, *:neutron-port:br-int@tcp:[::1]:6640';
    expect(parsePlugTargets(text)).toEqual({
      p1: { kind: 'vlan-bridge', bridge: 'vbr' },
      p2: { kind: 'ovs', bridge: 'br', ovsdb: 'unix:/run/db', port: 'veth' },
      '*': { kind: 'neutron-port', bridge: 'br-int', ovsdb: 'tcp:[::1]:6640' },
    });
  });

  it.each([
    ['p:vlan-bridge', 'p:vlan-bridge is not'],
    ['p:neutron-port:br-int', 'p:neutron-port:br-int is not'],
    ['', 'expected at least one'],
    ['physnet1', 'physnet1 is not PHYSNET:bridge'],
    ['p:vlan', 'p:vlan is not'],
    ['p:ovs:br', 'p:ovs:br is not'],
    ['p:bridge, p:vlan:eth0', 'p is there twice'],
  ])('refuses "%s" and says why', (text, why) => {
    expect(() => parsePlugTargets(text)).toThrow(PlugTargetNotationError);
    expect(() => parsePlugTargets(text)).toThrow(why);
  });
});
