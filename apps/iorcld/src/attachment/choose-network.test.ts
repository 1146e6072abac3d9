import { describe, expect, it } from 'vitest';
import type { ProviderNetwork } from '../cloud/contract.ts';
import { chooseNetwork } from './choose-network.ts';

const network = (name: string, facts: Partial<ProviderNetwork> = {}): ProviderNetwork => ({
  ...{ id: `id-${name}`, name, type: 'vlan', physicalNetwork: 'physnet1', segmentationId: 101 },
  ...facts,
});
const choose = (networks: readonly ProviderNetwork[], wanted?: string) =>
  chooseNetwork({ attachmentId: 'a', networks, wanted, reachable: ['physnet1'] });
const refusal = (message: RegExp) =>
  expect.objectContaining({ code: 'network_refused', message: expect.stringMatching(message) });

describe('H12: the network of an export', () => {
  it('is the only eligible one', () => {
    expect(choose([network('tunnel', { type: 'vxlan', segmentationId: 70000 }), network('blue')])).toEqual({
      ...{ networkId: 'id-blue', type: 'vlan', physicalNetwork: 'physnet1', segmentationId: 101 },
    });
  });
  it('is the one that io:network names, by name or by id', () => {
    const networks = [network('red', { segmentationId: 102 }), network('blue')];
    expect(choose(networks, 'blue').networkId).toBe('id-blue');
    expect(choose(networks, 'id-red').networkId).toBe('id-red');
  });
  it('is refused, with the list, where several are eligible', () => {
    expect(() => choose([network('red'), network('blue')])).toThrow(refusal(/2 networks.*io:network.*red.*blue/));
  });
  it('is refused, with the list, where io:network names none of the instance’s', () => {
    expect(() => choose([network('red'), network('blue')], 'green')).toThrow(refusal(/io:network=green.*red.*blue/));
  });
  it('is refused where io:network is the name of two', () => {
    const twins = [network('blue', { id: 'one' }), network('blue', { id: 'two' })];
    expect(() => choose(twins, 'blue')).toThrow(refusal(/give the id.*one.*two/));
  });
  it('is refused where the instance has no port', () => {
    expect(() => choose([])).toThrow(refusal(/no port/));
  });
});

describe('H13: a network without a usable VLAN is refused by name and type', () => {
  it.each([
    ['a VXLAN id is never taken for a VLAN tag', { type: 'vxlan', segmentationId: 101 }, /blue .*vxlan.*expected vlan/],
    ['a flat network', { type: 'flat', segmentationId: undefined }, /blue .*flat.*expected vlan/],
    ['a vlan network without id', { segmentationId: undefined }, /segmentation id none/],
    ['a VLAN id out of range', { segmentationId: 4095 }, /segmentation id 4095, expected 1 to 4094/],
    ['no physical network', { physicalNetwork: undefined }, /no physical network/],
    ['H16: a physical network that has no target', { physicalNetwork: 'physnet9' }, /physnet9.*targets has physnet1/],
    ['provider attributes that the service user may not see', { type: undefined }, /provider attributes/],
  ] as const)('%s', (_, facts, message) => {
    expect(() => choose([network('blue', facts)])).toThrow(refusal(message));
    expect(() => choose([network('blue', facts)], 'blue')).toThrow(refusal(message));
  });
});
