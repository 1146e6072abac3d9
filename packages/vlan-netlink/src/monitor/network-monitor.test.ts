import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deleteAddress, ensureAddress } from '../address/address.ts';
import { changeLink } from '../link/change.ts';
import { newLinkRequest } from '../link/create.ts';
import { deleteLink, deleteLinkGroup } from '../link/delete.ts';
import { ensureLink } from '../link/ensure.ts';
import { deleteNeighbour, ensureNeighbour } from '../neighbour/neighbour.ts';
import { deleteRoute, ensureRoute } from '../route/route.ts';
import { NetlinkSocket } from '../socket/netlink-socket.ts';
import { enterFreshNamespace, type FreshNamespace, whyNoNamespaces } from '../testing/index.ts';
import type { NetworkChange } from './network-change.ts';
import { NetworkMonitor } from './network-monitor.ts';

const reason = whyNoNamespaces();

describe.skipIf(reason !== undefined)(
  `the network monitor${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
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

    /** Reads until a change that `wanted` is about. */
    async function until(
      monitor: NetworkMonitor,
      wanted: (change: NetworkChange) => boolean,
    ): Promise<NetworkChange[]> {
      const seen: NetworkChange[] = [];
      const iterator = monitor[Symbol.asyncIterator]();
      for (;;) {
        const { value, done } = await iterator.next();
        if (done === true) throw new Error('the monitor has ended');
        seen.push(value);
        if (wanted(value)) return seen;
      }
    }
    const pair = { kind: 'veth', name: 'a', up: true, peer: { name: 'b' } } as const;
    const isGone = (name: string) => (change: NetworkChange) =>
      change.topic === 'link' && change.action === 'removed' && change.link.name === name;

    it('tells of links, addresses, routes and neighbours, as they come and go', async () => {
      using monitor = NetworkMonitor.open();
      const { index } = await ensureLink(socket, pair);
      const address = { index, address: '10.9.0.1', prefixLength: 24 };
      const route = { destination: '10.10.0.0/16', gateway: '10.9.0.2' };
      const neighbour = { index, address: '10.9.0.2', mac: '02:00:00:00:00:02' };
      await ensureAddress(socket, address);
      await ensureRoute(socket, route);
      await ensureNeighbour(socket, neighbour);
      await deleteNeighbour(socket, neighbour);
      await deleteRoute(socket, route);
      await deleteAddress(socket, address);
      await deleteLink(socket, index);
      const seen = await until(monitor, isGone('a'));
      for (const action of ['set', 'removed']) {
        expect(seen).toContainEqual(
          expect.objectContaining({ topic: 'address', action, address: expect.objectContaining(address) }),
        );
        expect(seen).toContainEqual(
          expect.objectContaining({ topic: 'route', action, route: expect.objectContaining(route) }),
        );
      }
      expect(seen).toContainEqual({
        topic: 'neighbour',
        action: 'set',
        neighbour: expect.objectContaining({ ...neighbour, state: 'permanent', family: 'inet' }),
      });
      const links = seen.flatMap((change) => (change.topic === 'link' ? [change] : []));
      expect(links[0]).toMatchObject({ action: 'set', link: { name: 'b', kind: 'veth' } });
      expect(links.some(({ action, link }) => action === 'set' && link.name === 'a' && link.up)).toBe(true);
    });

    it('tells only of the topics that were asked for', async () => {
      using monitor = NetworkMonitor.open({ topics: ['address'] });
      const { index } = await ensureLink(socket, pair);
      await ensureAddress(socket, { index, address: '10.9.0.1', prefixLength: 24 });
      await deleteLink(socket, index);
      const gone = (change: NetworkChange): boolean => change.topic === 'address' && change.action === 'removed';
      expect(new Set((await until(monitor, gone)).map(({ topic }) => topic))).toEqual(new Set(['address']));
    });

    it('does not take a port that leaves its bridge for a link that is gone', async () => {
      const bridge = await ensureLink(socket, { kind: 'bridge', name: 'br' });
      const { index } = await ensureLink(socket, { ...pair, master: bridge.index });
      using monitor = NetworkMonitor.open({ topics: ['link'] });
      await changeLink(socket, index, { master: null });
      await changeLink(socket, index, { mtu: 1400 });
      const seen = await until(monitor, (change) => change.topic === 'link' && change.link.mtu === 1400);
      expect(seen.filter((change) => change.topic === 'link' && change.action === 'removed')).toEqual([]);
    });

    it('begins with a snapshot when asked to', async () => {
      const { index } = await ensureLink(socket, pair);
      await ensureAddress(socket, { index, address: '10.9.0.1', prefixLength: 24 });
      using monitor = NetworkMonitor.open({ snapshot: true });
      const [snapshot] = await until(monitor, () => true);
      expect(snapshot).toMatchObject({ topic: 'snapshot', reason: 'start' });
      if (snapshot?.topic !== 'snapshot') return;
      expect(snapshot.links.map(({ name }) => name)).toEqual(expect.arrayContaining(['lo', 'a', 'b']));
      expect(snapshot.addresses).toContainEqual(expect.objectContaining({ address: '10.9.0.1' }));
      expect(snapshot.routes).toContainEqual(expect.objectContaining({ destination: '10.9.0.0/24', index }));
    });

    it('gives a snapshot in place of what was lost, and then goes on', async () => {
      using monitor = NetworkMonitor.open({ topics: ['link'], receiveQueueBytes: 4096 });
      const veths = Array.from({ length: 100 }, (_, number) =>
        newLinkRequest({ kind: 'veth', name: `a${number}`, group: 7, peer: { name: `b${number}`, group: 7 } }),
      );
      await socket.requestAll(veths);
      const [snapshot] = await until(monitor, () => true);
      expect(snapshot).toMatchObject({ topic: 'snapshot', reason: 'lost' });
      if (snapshot?.topic === 'snapshot') expect(snapshot.links.filter(({ group }) => group === 7)).toHaveLength(200);
    });

    it('tells of what happens after a loss', async () => {
      using monitor = NetworkMonitor.open({ topics: ['link'], receiveQueueBytes: 4096 });
      const iterator = monitor[Symbol.asyncIterator]();
      for (const name of ['a', 'c', 'e', 'g', 'i']) {
        await ensureLink(socket, { kind: 'veth', name, group: 7, peer: { name: `${name}-peer`, group: 7 } });
      }
      await deleteLinkGroup(socket, 7);
      expect((await iterator.next()).value).toMatchObject({ topic: 'snapshot', reason: 'lost' });
      const next = iterator.next();
      await ensureLink(socket, { kind: 'bridge', name: 'later' });
      expect((await next).value).toMatchObject({ topic: 'link', action: 'set', link: { name: 'later' } });
    });

    it('watches another namespace than the one that the thread is in', async () => {
      const { namespace } = fresh;
      using monitor = namespace.runInside(() => NetworkMonitor.open({ namespace, topics: ['link'] }));
      await ensureLink(socket, { kind: 'bridge', name: 'br' });
      expect(await until(monitor, () => true)).toMatchObject([{ topic: 'link', link: { name: 'br' } }]);
    });

    it('ends when it is closed while it waits, when the loop is left, and with the reason of an abort', async () => {
      const monitor = NetworkMonitor.open();
      const next = monitor[Symbol.asyncIterator]().next();
      setImmediate(() => monitor.close());
      expect(await next).toEqual({ done: true, value: undefined });

      const left = NetworkMonitor.open({ snapshot: true });
      for await (const _change of left) break;
      expect(await left[Symbol.asyncIterator]().next()).toMatchObject({ done: true });

      const abort = new AbortController();
      using aborted = NetworkMonitor.open({ signal: abort.signal });
      const ended = aborted[Symbol.asyncIterator]().next();
      setImmediate(() => abort.abort(new Error('enough')));
      await expect(ended).rejects.toThrow('enough');
    });

    it('holds no thread of the pool: with many monitors that wait, files are read as ever', async () => {
      const monitors = Array.from({ length: 16 }, () => NetworkMonitor.open());
      const waiting = monitors.map((monitor) => monitor[Symbol.asyncIterator]().next());
      expect(await readFile('/proc/self/status', 'utf8')).toContain('Threads');
      for (const monitor of monitors) monitor.close();
      expect((await Promise.all(waiting)).every(({ done }) => done === true)).toBe(true);
    });

    it('leaves no descriptor open', async () => {
      const count = async (): Promise<number> => (await import('node:fs')).readdirSync('/proc/self/fd').length;
      const before = await count();
      for (let round = 0; round < 50; round++) {
        const monitor = NetworkMonitor.open();
        const next = monitor[Symbol.asyncIterator]().next();
        monitor.close();
        await next;
      }
      await vi.waitFor(async () => expect(await count()).toBeLessThanOrEqual(before));
    });
  },
);
