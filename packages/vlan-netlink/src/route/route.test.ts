import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureAddress } from '../address/address.ts';
import { ensureLink } from '../link/ensure.ts';
import { NetlinkSocket } from '../socket/netlink-socket.ts';
import { enterFreshNamespace, type FreshNamespace, whyNoNamespaces } from '../testing/index.ts';
import { deleteRoute, ensureRoute, listRoutes, type NewRoute } from './route.ts';

const reason = whyNoNamespaces();

describe.skipIf(reason !== undefined)(`routes${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  let fresh: FreshNamespace;
  let socket: NetlinkSocket;
  let index = 0;
  beforeEach(async () => {
    fresh = await enterFreshNamespace();
    socket = NetlinkSocket.open();
    ({ index } = await ensureLink(socket, { kind: 'veth', name: 'a', up: true, peer: { name: 'b' } }));
    await ensureLink(socket, { kind: 'veth', name: 'a', peer: { name: 'b' } });
    await ensureAddress(socket, { index, address: '10.9.0.1', prefixLength: 24 });
    await ensureAddress(socket, { index, address: 'fd00::1', prefixLength: 64, noDuplicateDetection: true });
  });
  afterEach(() => {
    socket.close();
    fresh.leave();
  });

  const cases: readonly { readonly what: string; readonly route: () => NewRoute }[] = [
    { what: 'by a gateway', route: () => ({ destination: '10.1.0.0/16', gateway: '10.9.0.2' }) },
    { what: 'for everything', route: () => ({ destination: '0.0.0.0/0', gateway: '10.9.0.2', metric: 50 }) },
    { what: 'by a link', route: () => ({ destination: '10.2.0.0/16', index, preferredSource: '10.9.0.1', mtu: 1300 }) },
    { what: 'in another table', route: () => ({ destination: '10.3.0.0/16', gateway: '10.9.0.2', table: 5000 }) },
    { what: 'to nowhere', route: () => ({ destination: '10.4.0.0/16', type: 'blackhole' }) },
    { what: 'by an IPv6 gateway', route: () => ({ destination: '2001:db8::/32', gateway: 'fd00::2', index }) },
    { what: 'for all of IPv6', route: () => ({ destination: '::/0', gateway: 'fd00::2', metric: 7 }) },
    { what: 'that IPv6 may not take', route: () => ({ destination: '2001:db8:1::/48', type: 'unreachable' }) },
  ];
  it.each(cases)('$what: are added once, listed, and deleted once', async ({ route: make }) => {
    const route = make();
    expect(await ensureRoute(socket, route)).toEqual({ changed: true });
    expect(await ensureRoute(socket, route)).toEqual({ changed: false });
    const found = await listRoutes(socket, { table: route.table ?? 254 });
    expect(found).toContainEqual(expect.objectContaining({ protocol: 4, ...route }));
    expect(await deleteRoute(socket, route)).toEqual({ changed: true });
    expect(await deleteRoute(socket, route)).toEqual({ changed: false });
  });

  it.each([
    { destination: '10.1.0.0/16', gateways: ['10.9.0.2', '10.9.0.3'] },
    { destination: '2001:db8::/32', gateways: ['fd00::2', 'fd00::3'] },
  ])(
    'to $destination by another gateway takes the place of the one that was there',
    async ({ destination, gateways }) => {
      for (const gateway of gateways) await ensureRoute(socket, { destination, gateway });
      const found = (await listRoutes(socket)).filter((route) => route.destination === destination);
      expect(found.map(({ gateway }) => gateway)).toEqual([gateways[1]]);
    },
  );

  it.each(['10.1.0.1/16', '10.0.0.0/33', 'example.org/8', '10.0.0.0/', '::/x'])(
    'refuses the destination %s',
    async (destination) => {
      await expect(ensureRoute(socket, { destination, index })).rejects.toThrow(RangeError);
    },
  );

  it('that the kernel refuses are a typed error', async () => {
    const refused = ensureRoute(socket, { destination: '10.1.0.0/16', gateway: '192.0.2.1' });
    await expect(refused).rejects.toMatchObject({
      code: 'ENETUNREACH',
      request: 'set the route to 10.1.0.0/16 via 192.0.2.1',
    });
  });
});
