import { execFileSync, spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deleteAddress, ensureAddress, listAddresses } from '../address/address.ts';
import { NamedNamespaces } from '../network-namespace/named-namespaces.ts';
import { isKernelError } from '../socket/kernel-error.ts';
import { NetlinkSocket } from '../socket/netlink-socket.ts';
import { enterFreshNamespace, type FreshNamespace, whyNoNamespaces } from '../testing/index.ts';
import { changeLink } from './change.ts';
import { deleteLink } from './delete.ts';
import { createBridge } from './kind/bridge.ts';
import { createDummy } from './kind/dummy.ts';
import { createVeth } from './kind/veth.ts';
import { createVlan } from './kind/vlan.ts';
import type { Link } from './link.ts';
import { findLink, listLinks } from './query.ts';

const reason = whyNoNamespaces();
const noIp = spawnSync('ip', ['-V']).status !== 0;

describe.skipIf(reason !== undefined)(`links${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  let fresh: FreshNamespace;
  let socket: NetlinkSocket;
  beforeEach(async () => {
    fresh = await enterFreshNamespace();
    socket = NetlinkSocket.open();
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
  /** Runs `action`; the test is skipped when the kernel does not know the kind. */
  const orSkip = async (skip: (note: string) => never, kind: string, action: Promise<unknown>): Promise<void> => {
    try {
      await action;
    } catch (error) {
      if (isKernelError(error, 'EOPNOTSUPP')) skip(`this kernel has no ${kind} links`);
      throw error;
    }
  };

  it('veth: makes a pair whose ends know each other, and deletes both with one', async () => {
    await createVeth(socket, { name: 'a', mac: '02:00:00:00:00:0a', mtu: 1400, peer: { name: 'b', mtu: 1300 } });
    const [a, b] = [await find('a'), await find('b')];
    expect(a).toMatchObject({ kind: 'veth', mac: '02:00:00:00:00:0a', mtu: 1400, up: false, link: b.index });
    expect(b).toMatchObject({ kind: 'veth', mtu: 1300, link: a.index });
    expect(await deleteLink(socket, b.index)).toEqual({ changed: true });
    expect(await findLink(socket, 'a')).toBeUndefined();
    expect(await deleteLink(socket, b.index)).toEqual({ changed: false });
  });

  it('veth: puts an end into another namespace at once', async () => {
    const named = new NamedNamespaces(fresh.namespaceDirectory);
    named.create('blue');
    using blue = named.open('blue');
    await createVeth(socket, { name: 'a', peer: { name: 'a', namespace: blue } });
    using inside = NetlinkSocket.open({ namespace: blue });
    expect(await findLink(inside, 'a')).toMatchObject({ kind: 'veth' });
    expect((await listLinks(socket)).filter(({ name }) => name === 'a')).toHaveLength(1);
  });

  it('bridge: takes ports and lets them go', async () => {
    await createBridge(socket, { name: 'br', up: true });
    await createVeth(socket, { name: 'a', peer: { name: 'b' } });
    const [bridge, a] = [await find('br'), await find('a')];
    expect(bridge).toMatchObject({ kind: 'bridge', up: true });
    await changeLink(socket, a.index, { master: bridge.index, up: true });
    expect(await find('a')).toMatchObject({ master: bridge.index, up: true });
    await changeLink(socket, a.index, { master: null });
    expect((await find('a')).master).toBeUndefined();
  });

  it('vlan: tags frames on the device below', async ({ skip }) => {
    await createVeth(socket, { name: 'a', peer: { name: 'b' } });
    const device = (await find('a')).index;
    await orSkip(skip, '802.1Q', createVlan(socket, { name: 'a.100', device, vlanId: 100 }));
    expect(await find('a.100')).toMatchObject({ kind: 'vlan', link: device, vlan: { vlanId: 100, protocol: 0x8100 } });
    await expect(createVlan(socket, { name: 'again', device, vlanId: 100 })).rejects.toMatchObject({ code: 'EEXIST' });
  });

  it.each([0, 4095, -1, 1.5])('vlan: refuses the id %d', async (vlanId) => {
    await expect(createVlan(socket, { name: 'v', device: 1, vlanId })).rejects.toThrow(/1 to 4094/);
  });

  it('dummy: is made', async ({ skip }) => {
    await orSkip(skip, 'dummy', createDummy(socket, { name: 'd0' }));
    expect(await find('d0')).toMatchObject({ kind: 'dummy' });
  });

  it('change: name, MTU, MAC, alias, address generation, up and down, namespace', async () => {
    await createVeth(socket, { name: 'a', peer: { name: 'b' } });
    const { index } = await find('a');
    const change = { mtu: 1280, mac: '02:00:00:00:00:01', alias: 'mine: 1', addressGenerationMode: 'none' } as const;
    await changeLink(socket, index, { ...change, name: 'c' });
    expect(await find('c')).toMatchObject({ index, up: false, ...change });
    await changeLink(socket, index, { up: true });
    expect((await find('c')).up).toBe(true);
    await changeLink(socket, index, { up: false, alias: '' });
    expect(await find('c')).toMatchObject({ up: false, alias: undefined });
    const named = new NamedNamespaces(fresh.namespaceDirectory);
    named.create('blue');
    using blue = named.open('blue');
    await changeLink(socket, index, { namespace: blue });
    expect(await findLink(socket, 'c')).toBeUndefined();
    using inside = NetlinkSocket.open({ namespace: blue });
    expect(await findLink(inside, 'c')).toMatchObject({ mac: '02:00:00:00:00:01' });
  });

  it.each(['', '.', 'sixteen-bytes-xx', 'a b', 'a/b', 'a:b', 'ümläüt-ümläü'])('refuses the name "%s"', async (name) => {
    await expect(createBridge(socket, { name })).rejects.toThrow(/cannot be the name of a link/);
  });

  it('address: is added once, usable at once without duplicate address detection, and removed once', async () => {
    await createVeth(socket, { name: 'a', peer: { name: 'b' } });
    const { index } = await find('a');
    await changeLink(socket, index, { addressGenerationMode: 'none', up: true });
    await changeLink(socket, (await find('b')).index, { up: true });
    const v6 = { index, address: 'fe80::1', prefixLength: 64, noDuplicateDetection: true };
    const v4 = { index, address: '10.0.0.1', prefixLength: 24 };
    expect(await ensureAddress(socket, v6)).toEqual({ changed: true });
    expect(await ensureAddress(socket, v6)).toEqual({ changed: false });
    await ensureAddress(socket, v4);
    expect(await listAddresses(socket, index)).toEqual([
      { index, address: '10.0.0.1', prefixLength: 24, tentative: false, duplicate: false },
      { index, address: 'fe80::1', prefixLength: 64, tentative: false, duplicate: false },
    ]);
    expect(await deleteAddress(socket, v6)).toEqual({ changed: true });
    expect(await deleteAddress(socket, v6)).toEqual({ changed: false });
    expect((await listAddresses(socket)).map(({ address }) => address)).toContain('10.0.0.1');
  });

  it.skipIf(noIp)('are described as "ip -json" describes them', async () => {
    await createBridge(socket, { name: 'br', up: true });
    await createVeth(socket, { name: 'a', mtu: 1400, peer: { name: 'b' } });
    await changeLink(socket, (await find('a')).index, { master: (await find('br')).index, alias: 'mine', up: true });
    const told: unknown = JSON.parse(execFileSync('ip', ['-json', 'link'], { encoding: 'utf8' }));
    if (!Array.isArray(told)) throw new Error('"ip -json" told no list');
    const links = await listLinks(socket);
    const nameOf = (index: number | undefined): string | undefined => links.find((link) => link.index === index)?.name;
    // Some kernels have tunnels in every namespace, with addresses of other kinds.
    const mine = links.filter(({ name }) => ['lo', 'a', 'b', 'br'].includes(name));
    const ours = mine.map((link) => ({
      ifindex: link.index,
      ifname: link.name,
      mtu: link.mtu,
      address: link.mac,
      ...(link.master !== undefined && { master: nameOf(link.master) }),
      ...(link.alias !== undefined && { ifalias: link.alias }),
    }));
    expect(ours).toHaveLength(4);
    for (const link of ours) expect(told).toContainEqual(expect.objectContaining(link));
  });
});
