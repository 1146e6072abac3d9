import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NamedNamespaces } from '../network-namespace/named-namespaces.ts';
import { NetlinkSocket } from '../socket/netlink-socket.ts';
import { enterFreshNamespace, type FreshNamespace, whyNoNamespaces } from '../testing/index.ts';
import { deleteAlternativeNames, ensureAlternativeNames } from './alternative-name.ts';
import { changeLink } from './change.ts';
import { createLink, newLinkRequest } from './create.ts';
import { deleteLink, deleteLinkGroup } from './delete.ts';
import { ensureLink, type WantedLink } from './ensure.ts';
import { createVeth } from './kind/veth.ts';
import type { Link } from './link.ts';
import { LinkConflictError } from './link-conflict-error.ts';
import { checkLinkName, linkNameFor } from './link-name.ts';
import { findLink, listLinks } from './query.ts';

const reason = whyNoNamespaces();

describe.skipIf(reason !== undefined)(`ensured links${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
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
  const pair: WantedLink = { kind: 'veth', name: 'a', peer: { name: 'b' } };

  it('has everything that is wanted, at once', async () => {
    await createLink(socket, { kind: 'bridge', name: 'br' });
    const wanted = {
      up: true,
      mtu: 1400,
      mac: '02:00:00:00:00:AA',
      alias: 'mine',
      group: 7,
      master: (await find('br')).index,
      addressGenerationMode: 'none',
      alternativeNames: ['a-name-that-is-longer-than-a-name-of-a-link'],
    } as const;
    const { index } = await ensureLink(socket, { ...pair, ...wanted });
    expect(await find('a')).toMatchObject({ ...wanted, index, mac: '02:00:00:00:00:aa' });
    expect(await ensureLink(socket, { ...pair, ...wanted })).toEqual({ changed: false, index });
  });

  it('is repaired in place when something of it was changed', async () => {
    const wanted: WantedLink = { ...pair, up: true, mtu: 1400, alias: 'mine' };
    const { index } = await ensureLink(socket, wanted);
    await changeLink(socket, index, { up: false, mtu: 1300, alias: '' });
    expect(await ensureLink(socket, wanted)).toEqual({ changed: true, index });
    expect(await find('a')).toMatchObject({ up: true, mtu: 1400, alias: 'mine' });
  });

  it('H15: is made anew when a link of another kind has its name', async () => {
    await createLink(socket, { kind: 'bridge', name: 'a' });
    expect(await ensureLink(socket, pair)).toMatchObject({ changed: true });
    expect(await find('a')).toMatchObject({ kind: 'veth', link: (await find('b')).index });
  });

  it('H15: a pair is made anew when its other end is in another namespace, or is of another pair', async () => {
    const named = new NamedNamespaces(fresh.namespaceDirectory);
    named.create('blue');
    using blue = named.open('blue');
    await ensureLink(socket, pair);
    await changeLink(socket, (await find('b')).index, { namespace: blue });
    await createVeth(socket, { name: 'b', peer: { name: 'c' } });
    expect(await ensureLink(socket, pair)).toMatchObject({ changed: true });
    expect((await find('a')).link).toBe((await find('b')).index);
    expect(await findLink(socket, 'c')).toBeUndefined();
    expect(await ensureLink(socket, pair)).toMatchObject({ changed: false });
  });

  it('a pair whose ends are in two namespaces is found right, and each end is repaired', async () => {
    const named = new NamedNamespaces(fresh.namespaceDirectory);
    named.create('blue');
    using blue = named.open('blue');
    using inside = NetlinkSocket.open({ namespace: blue });
    const wanted: WantedLink = { kind: 'veth', name: 'a', up: true, peer: { name: 'a', mtu: 1400, namespace: blue } };
    expect(await ensureLink(socket, wanted)).toMatchObject({ changed: true });
    expect(await ensureLink(socket, wanted)).toMatchObject({ changed: false });
    await changeLink(inside, (await findLink(inside, 'a'))?.index ?? 0, { mtu: 1300 });
    expect(await ensureLink(socket, wanted)).toMatchObject({ changed: true });
    expect(await findLink(inside, 'a')).toMatchObject({ mtu: 1400 });
    const swapped: WantedLink = { kind: 'veth', name: 'x', namespace: blue, peer: { name: 'y' } };
    expect(await ensureLink(socket, swapped)).toMatchObject({ changed: true });
    expect(await ensureLink(socket, swapped)).toMatchObject({ changed: false });
    expect(await findLink(inside, 'x')).toBeDefined();
    expect(await findLink(socket, 'y')).toBeDefined();
  });

  it('is not replaced when the caller forbids it, and never when it is no virtual link', async () => {
    await createLink(socket, { kind: 'bridge', name: 'a' });
    const { index } = await find('a');
    await expect(ensureLink(socket, pair, { onConflict: 'throw' })).rejects.toThrow(LinkConflictError);
    expect(await find('a')).toMatchObject({ index, kind: 'bridge' });
    await expect(ensureLink(socket, { ...pair, name: 'lo' })).rejects.toMatchObject({ code: 'link_conflict' });
  });

  it('is one link when several want it at once', async () => {
    const sockets = Array.from({ length: 4 }, () => NetlinkSocket.open());
    try {
      const wanted: WantedLink = { kind: 'bridge', name: 'br', up: true, mtu: 1400 };
      const ensured = await Promise.all(sockets.map((one) => ensureLink(one, wanted)));
      expect(new Set(ensured.map(({ index }) => index)).size).toBe(1);
      expect(await find('br')).toMatchObject({ up: true, mtu: 1400 });
    } finally {
      for (const one of sockets) one.close();
    }
  });

  it('alternative names are added and deleted once', async () => {
    const { index } = await ensureLink(socket, pair);
    const names = ['first-name-that-is-long', 'second-name-that-is-long'];
    expect(await ensureAlternativeNames(socket, index, names)).toEqual({ changed: true });
    expect(await ensureAlternativeNames(socket, index, names)).toEqual({ changed: false });
    expect((await find('a')).alternativeNames).toEqual(names);
    expect(await deleteAlternativeNames(socket, index, names)).toEqual({ changed: true });
    expect(await deleteAlternativeNames(socket, index, names)).toEqual({ changed: false });
    await expect(ensureAlternativeNames(socket, index, ['x'.repeat(128)])).rejects.toThrow(/127 are allowed/);
  });

  it('a group is deleted at once, and nothing else with it', async () => {
    const veths = Array.from({ length: 100 }, (_, number) =>
      newLinkRequest({ kind: 'veth', name: `a${number}`, group: 7, peer: { name: `b${number}`, group: 7 } }),
    );
    expect((await socket.requestAll(veths)).filter(({ error }) => error !== undefined)).toEqual([]);
    await ensureLink(socket, { kind: 'bridge', name: 'stays', group: 8 });
    expect(await deleteLinkGroup(socket, 7)).toEqual({ changed: true });
    const left = (await listLinks(socket)).filter(({ kind }) => kind === 'veth' || kind === 'bridge');
    expect(left.map(({ name }) => name)).toEqual(['stays']);
    expect(await deleteLinkGroup(socket, 7)).toEqual({ changed: false });
    await expect(deleteLinkGroup(socket, 0)).rejects.toThrow(RangeError);
    await expect(deleteLink(socket, 0)).rejects.toThrow(RangeError);
  });
});

describe('generated link names', () => {
  it('H13: are valid, the same for the same key, and another one for another key, however long the keys are', () => {
    const keys = Array.from({ length: 20_000 }, (_, number) => `a physical network with a long name ${number}`);
    const names = keys.map((key) => linkNameFor('io-', key));
    for (const name of names) checkLinkName(name);
    expect(new Set(names).size).toBe(keys.length);
    expect(linkNameFor('io-', 'x')).toBe(linkNameFor('io-', 'x'));
    expect(linkNameFor('io-', 'x')).toMatch(/^io-[0-9a-v]{12}$/);
    expect(() => linkNameFor('a-prefix', 'x')).toThrow(/may have 7 bytes/);
  });
});
