import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NetlinkSocket } from '../../socket/netlink-socket.ts';
import { enterFreshNamespace, type FreshNamespace, kernelLacks, whyNoNamespaces } from '../../testing/index.ts';
import { createLink } from '../create.ts';
import { ensureLink, type WantedLink } from '../ensure.ts';
import type { Link } from '../link.ts';
import { findLink } from '../query.ts';
import type { LinkDetails, LinkSpecification } from './registry.ts';

const reason = whyNoNamespaces();

/** One case per kind: what is made, what the kernel then tells, and what is changed or made anew afterwards. */
interface Case {
  readonly what: string;
  readonly link: LinkSpecification;
  readonly details: LinkDetails;
  readonly changed: WantedLink;
  readonly changedDetails: LinkDetails;
  /** The kernel cannot change that: the link is made anew. */
  readonly anew?: true;
}

const device = 2;
const cases: readonly Case[] = [
  {
    what: 'bridges without VLANs',
    link: { kind: 'bridge', name: 'x', spanningTree: 0, ageingTime: 10_000 },
    details: { kind: 'bridge', spanningTree: 0, ageingTime: 10_000 },
    changed: { kind: 'bridge', name: 'x', ageingTime: 20_000, priority: 7 },
    changedDetails: { kind: 'bridge', ageingTime: 20_000, priority: 7 },
  },
  {
    what: 'VLAN-aware bridges',
    link: { kind: 'bridge', name: 'x', vlanFiltering: true, defaultPvid: 0 },
    details: { kind: 'bridge', vlanFiltering: true, defaultPvid: 0, vlanProtocol: 0x8100 },
    changed: { kind: 'bridge', name: 'x', vlanFiltering: true, defaultPvid: 7 },
    changedDetails: { kind: 'bridge', vlanFiltering: true, defaultPvid: 7 },
  },
  {
    what: '802.1Q links',
    link: { kind: 'vlan', name: 'x', device, vlanId: 100 },
    details: { kind: 'vlan', vlanId: 100, protocol: 0x8100 },
    changed: { kind: 'vlan', name: 'x', device, vlanId: 101 },
    changedDetails: { kind: 'vlan', vlanId: 101, protocol: 0x8100 },
    anew: true,
  },
  {
    what: '802.1ad links',
    link: { kind: 'vlan', name: 'x', device, vlanId: 100, protocol: 0x88a8 },
    details: { kind: 'vlan', vlanId: 100, protocol: 0x88a8 },
    changed: { kind: 'vlan', name: 'x', device, vlanId: 100, protocol: 0x8100 },
    changedDetails: { kind: 'vlan', vlanId: 100, protocol: 0x8100 },
    anew: true,
  },
  {
    what: 'VXLAN links',
    link: { kind: 'vxlan', name: 'x', vni: 5000, local: '10.9.0.1', remote: '10.9.0.2', learning: false },
    details: { kind: 'vxlan', vni: 5000, local: '10.9.0.1', remote: '10.9.0.2', port: 4789, learning: false },
    changed: { kind: 'vxlan', name: 'x', vni: 5000, local: '10.9.0.1', remote: '10.9.0.3' },
    changedDetails: { kind: 'vxlan', vni: 5000, remote: '10.9.0.3', port: 4789 },
  },
  {
    what: 'VXLAN links of another network',
    link: { kind: 'vxlan', name: 'x', vni: 1, local: 'fd00::1', remote: 'fd00::2', port: 8472 },
    details: { kind: 'vxlan', vni: 1, local: 'fd00::1', remote: 'fd00::2', port: 8472 },
    changed: { kind: 'vxlan', name: 'x', vni: 2, local: 'fd00::1', remote: 'fd00::2', port: 8472 },
    changedDetails: { kind: 'vxlan', vni: 2, port: 8472 },
    anew: true,
  },
  {
    what: 'Geneve links',
    link: { kind: 'geneve', name: 'x', vni: 5001, remote: '10.9.0.2' },
    details: { kind: 'geneve', vni: 5001, remote: '10.9.0.2', port: 6081 },
    changed: { kind: 'geneve', name: 'x', vni: 5002, remote: '10.9.0.2' },
    changedDetails: { kind: 'geneve', vni: 5002, remote: '10.9.0.2' },
    anew: true,
  },
  {
    what: 'GRE links',
    link: { kind: 'gretap', name: 'x', local: '10.9.0.1', remote: '10.9.0.2', key: 42, ttl: 64 },
    details: { kind: 'gretap', local: '10.9.0.1', remote: '10.9.0.2', key: 42, ttl: 64 },
    changed: { kind: 'gretap', name: 'x', local: '10.9.0.1', remote: '10.9.0.3', key: 42, ttl: 64 },
    changedDetails: { kind: 'gretap', local: '10.9.0.1', remote: '10.9.0.3', key: 42 },
  },
  {
    what: 'GRE links over IPv6',
    link: { kind: 'gretap', name: 'x', local: 'fd00::1', remote: 'fd00::2' },
    details: { kind: 'ip6gretap', local: 'fd00::1', remote: 'fd00::2' },
    changed: { kind: 'gretap', name: 'x', local: '10.9.0.1', remote: '10.9.0.2' },
    changedDetails: { kind: 'gretap', local: '10.9.0.1', remote: '10.9.0.2' },
    anew: true,
  },
  {
    what: 'macvlan links',
    link: { kind: 'macvlan', name: 'x', device, mode: 'bridge' },
    details: { kind: 'macvlan', mode: 'bridge' },
    changed: { kind: 'macvlan', name: 'x', device, mode: 'private' },
    changedDetails: { kind: 'macvlan', mode: 'private' },
  },
  {
    what: 'macvtap links',
    link: { kind: 'macvtap', name: 'x', device, mode: 'vepa' },
    details: { kind: 'macvtap', mode: 'vepa' },
    changed: { kind: 'macvtap', name: 'x', device, mode: 'bridge' },
    changedDetails: { kind: 'macvtap', mode: 'bridge' },
  },
  {
    what: 'VRF links',
    link: { kind: 'vrf', name: 'x', table: 100 },
    details: { kind: 'vrf', table: 100 },
    changed: { kind: 'vrf', name: 'x', table: 101 },
    changedDetails: { kind: 'vrf', table: 101 },
    anew: true,
  },
];

describe.skipIf(reason !== undefined)(`link kinds${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  let fresh: FreshNamespace;
  let socket: NetlinkSocket;
  beforeEach(async () => {
    fresh = await enterFreshNamespace();
    socket = NetlinkSocket.open();
    await createLink(socket, { kind: 'veth', name: 'below', peer: { name: 'below-peer' } });
  });
  afterEach(() => {
    socket.close();
    fresh.leave();
  });

  const find = async (name: string): Promise<Link> => {
    const link = await findLink(socket, name);
    if (link === undefined) throw new Error(`no link ${name}`);
    return link;
  };
  /** Kinds on a device are on this one. */
  const below = async <T extends WantedLink>(link: T): Promise<T> =>
    'device' in link ? { ...link, device: (await find('below')).index } : link;

  describe.each(cases)('$what', ({ what, link, details, changed, changedDetails, anew = false }) => {
    it('have the settings that they were made with', async ({ skip }) => {
      const given = await below(link);
      const lack = await kernelLacks(what, () => createLink(socket, given));
      if (lack !== undefined) skip(lack);
      const made = await find('x');
      expect(made).toMatchObject({ kind: details.kind, details });
      if ('device' in given) expect(made.link).toBe(given.device);
    });

    it('are ensured: made once, then changed or made anew when they should be otherwise', async ({ skip }) => {
      const given = await below(link);
      const lack = await kernelLacks(what, () => ensureLink(socket, given));
      if (lack !== undefined) skip(lack);
      const { index } = await find('x');
      expect(await ensureLink(socket, given)).toEqual({ changed: false, index });
      const after = await ensureLink(socket, await below(changed));
      expect(after.changed).toBe(true);
      expect(after.index === index).toBe(!anew);
      expect(await find('x')).toMatchObject({ index: after.index, details: changedDetails });
      expect(await ensureLink(socket, await below(changed))).toEqual({ changed: false, index: after.index });
    });
  });

  it.each([
    { kind: 'vxlan', name: 'x', vni: 0x100_0000 },
    { kind: 'geneve', name: 'x', vni: -1, remote: '10.0.0.1' },
    { kind: 'gretap', name: 'x', local: '10.0.0.1', remote: 'fd00::1' },
    { kind: 'vlan', name: 'x', device, vlanId: 1, protocol: 0x0800 },
    { kind: 'vxlan', name: 'x', vni: 1, remote: 'example.org' },
    { kind: 'bridge', name: 'x', priority: 0x1_0000 },
    { kind: 'vrf', name: 'x', table: 0.5 },
  ] satisfies LinkSpecification[])('refuses what no link can be: %o', async (link) => {
    await expect(createLink(socket, link)).rejects.toThrow(RangeError);
    expect(await findLink(socket, 'x')).toBeUndefined();
  });
});
