import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLinkName } from '../link/link-name.ts';
import { keyOfMark, keyOfNamespace, linkLocalAddress, networkIdentity } from './identity.ts';

const site = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const segment = fc.record({
  physicalNetwork: fc.string({ unit: 'binary' }),
  vlanId: fc.integer({ min: 1, max: 4094 }),
});

describe('the names of a plugged network', () => {
  it("H13: are names that the kernel takes, whatever the physical network's name", () => {
    fc.assert(
      fc.property(site, fc.string(), segment, (name, host, given) => {
        const { leaf, port, mark, mac, namespace } = networkIdentity(name, host, given);
        checkLinkName(leaf);
        checkLinkName(port);
        expect(Buffer.byteLength(mark)).toBeLessThan(256);
        expect(mark).toMatch(/^[\x21-\x7e]+$/);
        expect(mac).toMatch(/^[0-9a-f][26ae](:[0-9a-f]{2}){5}$/);
        expect(namespace).toMatch(/^iorcl-[a-z0-9]{1,8}-[0-9a-f]{12}$/);
      }),
    );
  });

  it('H13 H14: are never the same for two networks, or for two sites', () => {
    const physicalNetworks = ['physnet1', 'physnet2', `${'x'.repeat(60)}1`, `${'x'.repeat(60)}2`];
    const all = ['a', 'b'].flatMap((name) =>
      physicalNetworks.flatMap((physicalNetwork) =>
        Array.from({ length: 500 }, (_, id) => networkIdentity(name, 'h', { physicalNetwork, vlanId: id + 1 })),
      ),
    );
    for (const field of ['namespace', 'leaf', 'port', 'mark', 'mac'] as const) {
      expect(new Set(all.map((identity) => identity[field])).size, field).toBe(all.length);
    }
  });

  it('tell whose they are: a mark or namespace of another site, or of nobody, is none of ours', () => {
    const { key, mark, namespace } = networkIdentity('s1', 'h', { physicalNetwork: 'p', vlanId: 1 });
    expect([keyOfMark('s1', mark), keyOfNamespace('s1', namespace)]).toEqual([key, key]);
    expect([keyOfMark('s', mark), keyOfNamespace('s', namespace)]).toEqual([undefined, undefined]);
    expect([keyOfMark('s1', ''), keyOfMark('s1', 'iorcl:s1:'), keyOfNamespace('s1', 'iorcl-s1-')]).toEqual(
      Array.from({ length: 3 }, () => undefined),
    );
  });
});

describe('the link-local address', () => {
  it('is the same every time, and differs between hosts and sites', () => {
    expect(linkLocalAddress('s1', 'io-1')).toBe(linkLocalAddress('s1', 'io-1'));
    const all = ['s1', 's2'].flatMap((name) =>
      Array.from({ length: 500 }, (_, host) => linkLocalAddress(name, `${host}`)),
    );
    expect(new Set(all).size).toBe(all.length);
    expect(all.every((address) => address.startsWith('fe80::2'))).toBe(true);
  });
});
