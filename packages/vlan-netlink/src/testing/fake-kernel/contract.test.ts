import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  addBridgeVlans,
  changeLink,
  changeLinkRequest,
  createLink,
  deleteAddress,
  deleteBridgeVlans,
  deleteForwarding,
  deleteLink,
  deleteLinkGroup,
  deleteNeighbour,
  deleteRoute,
  ensureAddress,
  ensureAlternativeNames,
  ensureBridgeVlans,
  ensureForwarding,
  ensureLink,
  ensureNeighbour,
  ensureRoute,
  findLink,
  isKernelError,
  type KernelError,
  type LinkSpecification,
  listAddresses,
  listBridgeVlans,
  listForwarding,
  listLinks,
  listNeighbours,
  listRoutes,
  type NamespaceHandle,
  type NetlinkRequest,
  type NetlinkSocket,
  NetworkMonitor,
  NetworkNamespace,
  newLinkRequest,
  NetlinkSocket as RealSocket,
} from '../../index.ts';
import { enterFreshNamespace, FakeKernel, whyNoNamespaces } from '../index.ts';

/** A kernel to try. */
interface Kernel {
  readonly socket: NetlinkSocket;
  openMonitor(): NetworkMonitor;
  createNamespace(): NamespaceHandle & Disposable;
  stop(): void;
}

function fake(): Kernel {
  const kernel = new FakeKernel();
  const socket = kernel.openSocket();
  return {
    socket,
    openMonitor: () => kernel.openMonitor({ topics: ['link', 'address', 'route', 'neighbour'] }),
    createNamespace: () => ({ fd: kernel.createNamespace().fd, [Symbol.dispose]: () => undefined }),
    stop: () => socket.close(),
  };
}

async function real(): Promise<Kernel> {
  const fresh = await enterFreshNamespace();
  const socket = RealSocket.open();
  await changeLink(socket, 1, { up: false });
  return {
    socket,
    openMonitor: () => NetworkMonitor.open(),
    createNamespace: () => NetworkNamespace.createAnonymous(),
    stop: () => {
      socket.close();
      fresh.leave();
    },
  };
}

const reason = whyNoNamespaces();
const kernels = [
  { name: 'the fake kernel', open: fake, whyNot: undefined },
  { name: 'the real kernel', open: real, whyNot: reason },
] as const;

async function refusal(action: Promise<unknown>): Promise<KernelError> {
  const error = await action.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (isKernelError(error)) return error;
  throw new Error(`not refused, but ${error}`);
}

describe.each(kernels)('a program that runs on $name', ({ open, whyNot }) => {
  let kernel: Kernel;
  let socket: NetlinkSocket;
  beforeEach(async ({ skip }) => {
    if (whyNot !== undefined) skip(whyNot);
    kernel = await open();
    socket = kernel.socket;
  });
  afterEach(() => kernel?.stop());

  const indexOf = async (name: string, where: NetlinkSocket = socket): Promise<number> =>
    (await findLink(where, name))?.index ?? 0;
  async function make(link: LinkSpecification, up = true): Promise<number> {
    await createLink(socket, link);
    const index = await indexOf(link.name);
    if (up) await changeLink(socket, index, { up: true });
    return index;
  }
  const pair = (name: string): LinkSpecification => ({ kind: 'veth', name, peer: { name: `${name}-peer` } });

  it('finds a loopback link, and no other one by a name that is none', async () => {
    expect(await findLink(socket, 'lo')).toMatchObject({ index: 1, kind: undefined, mtu: 65_536, up: false });
    expect(await findLink(socket, 'nonexistent')).toBeUndefined();
    expect(await findLink(socket, 4711)).toBeUndefined();
  });

  it('makes, changes and deletes a pair of links', async () => {
    const peer = { name: 'b', mac: '02:00:00:00:00:0b' };
    const created = await createLink(socket, { kind: 'veth', name: 'a', mtu: 1400, peer });
    const [a, b] = [await findLink(socket, 'a'), await findLink(socket, 'b')];
    expect(a).toMatchObject({ kind: 'veth', mtu: 1400, up: false, running: false, link: b?.index, group: 0 });
    expect(b).toMatchObject({ kind: 'veth', mac: '02:00:00:00:00:0b', link: a?.index });
    const index = a?.index ?? 0;
    expect(created).toEqual({ index });
    await changeLink(socket, index, { up: true });
    // The kernel looks at the carrier in its own time, once a second when much happens.
    const running = async (name: string): Promise<boolean | undefined> => (await findLink(socket, name))?.running;
    await expect.poll(() => running('a'), { timeout: 10_000 }).toBe(false);
    await changeLink(socket, b?.index ?? 0, { up: true });
    await expect.poll(() => running('a'), { timeout: 10_000 }).toBe(true);
    expect(await findLink(socket, 'a')).toMatchObject({ up: true });
    await changeLink(socket, index, { alias: 'mine', group: 7, mtu: 1300, mac: '02:00:00:00:00:0a' });
    await ensureAlternativeNames(socket, index, ['a-much-longer-name-than-fifteen-bytes']);
    expect(await findLink(socket, index)).toMatchObject({
      alias: 'mine',
      group: 7,
      mtu: 1300,
      mac: '02:00:00:00:00:0a',
      alternativeNames: ['a-much-longer-name-than-fifteen-bytes'],
    });
    await ensureAlternativeNames(socket, index, ['short']);
    for (const name of ['a-much-longer-name-than-fifteen-bytes', 'short']) {
      expect(await findLink(socket, name)).toMatchObject({ index, name: 'a' });
    }
    expect(await findLink(socket, 'a-long-name-that-no-link-has')).toBeUndefined();
    await changeLink(socket, index, { up: false });
    await changeLink(socket, index, { name: 'c' });
    expect(await findLink(socket, 'a')).toBeUndefined();
    expect(await deleteLink(socket, index)).toEqual({ changed: true });
    expect(await deleteLink(socket, index)).toEqual({ changed: false });
    expect(await findLink(socket, 'b')).toBeUndefined();
  });

  it('is refused what cannot be, with the same errno, and in the same words', async () => {
    const index = await make(pair('a'), false);
    expect(await refusal(createLink(socket, pair('a')))).toMatchObject({ code: 'EEXIST' });
    expect(await refusal(changeLink(socket, 4711, { up: true }))).toMatchObject({ code: 'ENODEV' });
    expect(await refusal(changeLink(socket, index, { mtu: 67 }))).toMatchObject({
      code: 'EINVAL',
      extendedAck: { message: 'mtu less than device minimum' },
    });
    expect(await refusal(changeLink(socket, index, { mtu: 65_536 }))).toMatchObject({
      code: 'EINVAL',
      extendedAck: { message: 'mtu greater than device maximum' },
    });
    expect(await refusal(changeLink(socket, index, { mac: '01:00:00:00:00:00' }))).toMatchObject({
      code: 'EADDRNOTAVAIL',
    });
    expect(await refusal(changeLink(socket, index, { name: 'a-peer' }))).toMatchObject({ code: 'EEXIST' });
    expect(await refusal(changeLink(socket, index, { master: 4711 }))).toMatchObject({ code: 'EINVAL' });
    expect(await refusal(changeLink(socket, index, { master: 1 }))).toMatchObject({ code: 'EOPNOTSUPP' });
    expect(await refusal(deleteLink(socket, 1))).toMatchObject({ code: 'EOPNOTSUPP' });
    expect(await deleteLinkGroup(socket, 99)).toEqual({ changed: false });
    const unknown = newLinkRequest({ kind: 'dummy', name: 'x' });
    const text = Buffer.from(unknown.payload).toString('latin1').replace('dummy', 'dumby');
    const other: NetlinkRequest = { ...unknown, payload: Buffer.from(text, 'latin1') };
    expect(await refusal(socket.request(other))).toMatchObject({
      code: 'EOPNOTSUPP',
      extendedAck: { message: 'Unknown device type' },
    });
    // IFLA_MTU of two bytes.
    const short = { ...changeLinkRequest(index, {}), description: 'set an mtu of two bytes' };
    const payload = Buffer.concat([short.payload, Uint8Array.of(6, 0, 4, 0, 0, 0, 0, 0)]);
    expect(await refusal(socket.request({ ...short, payload }))).toMatchObject({
      code: 'ERANGE',
      extendedAck: { message: 'Attribute failed policy validation', attributeOffset: 32 },
      attributePath: [4],
    });
    const strictHeader = {
      type: 18,
      flags: 0x300,
      payload: Uint8Array.from({ length: 16 }, (_, n) => (n === 8 ? 1 : 0)),
    };
    expect(await refusal(socket.request({ ...strictHeader, description: 'list links with flags' }))).toMatchObject({
      code: 'EINVAL',
      extendedAck: { message: 'Invalid values in header for link dump request' },
    });
    const strict = { type: 18, flags: 0x300, payload: Uint8Array.from({ length: 16 }, (_, n) => (n === 4 ? 1 : 0)) };
    expect(await refusal(socket.request({ ...strict, description: 'list links with an index' }))).toMatchObject({
      code: 'EINVAL',
      extendedAck: { message: 'Filter by device index not supported for link dumps' },
    });
    expect((await listLinks(socket)).filter(({ kind }) => kind === 'veth')).toHaveLength(2);
  });

  it('sends many requests at once, and each has its outcome', async () => {
    const requests = Array.from({ length: 100 }, (_, n) => newLinkRequest({ ...pair(`p${n % 99}`), group: 5 }));
    const outcomes = await socket.requestAll(requests);
    expect(outcomes.map(({ error }) => error).filter((error) => error !== undefined)).toMatchObject([
      { code: 'EEXIST' },
    ]);
    expect((await listLinks(socket)).filter(({ kind }) => kind === 'veth')).toHaveLength(198);
    expect(await deleteLinkGroup(socket, 5)).toEqual({ changed: true });
    expect((await listLinks(socket)).filter(({ kind }) => kind === 'veth')).toHaveLength(0);
  });

  it('makes bridges with ports, which leave it when it goes', async () => {
    const bridge = await make({ kind: 'bridge', name: 'br0' });
    const port = await make({ ...pair('a'), master: bridge });
    expect(await findLink(socket, 'a')).toMatchObject({ master: bridge });
    const running = async (): Promise<boolean | undefined> => (await findLink(socket, 'br0'))?.running;
    await expect.poll(running, { timeout: 10_000 }).toBe(false);
    await changeLink(socket, await indexOf('a-peer'), { up: true });
    await expect.poll(running, { timeout: 10_000 }).toBe(true);
    await deleteLink(socket, bridge);
    expect(await findLink(socket, port)).toMatchObject({ master: undefined });
  });

  it('ensures a link: made once, changed when it differs, made anew when that cannot be', async () => {
    const wanted = { ...pair('a'), mtu: 1400, alias: 'mine', up: true } as const;
    const first = await ensureLink(socket, wanted);
    expect(first.changed).toBe(true);
    expect(await ensureLink(socket, wanted)).toEqual({ ...first, changed: false });
    await changeLink(socket, first.index, { mtu: 1300, up: false });
    expect(await ensureLink(socket, wanted)).toEqual({ ...first, changed: true });
    expect(await findLink(socket, 'a')).toMatchObject({ mtu: 1400, up: true, alias: 'mine' });
    expect(await ensureLink(socket, { kind: 'bridge', name: 'a' })).toMatchObject({ changed: true });
    expect(await findLink(socket, 'a')).toMatchObject({ kind: 'bridge' });
    expect(await findLink(socket, 'a-peer')).toBeUndefined();
  });

  it('makes links in another namespace, and moves them there, down and without their addresses', async () => {
    using blue = kernel.createNamespace();
    using inside = socket.openIn(blue);
    await ensureLink(socket, { kind: 'veth', name: 'a', peer: { name: 'eth0', namespace: blue } });
    const eth0 = await findLink(inside, 'eth0');
    expect(eth0).toMatchObject({ kind: 'veth', link: await indexOf('a') });
    expect((await findLink(socket, 'a'))?.linkNamespaceId).toBeDefined();
    expect(await findLink(socket, 'eth0')).toBeUndefined();
    const created = await createLink(socket, { kind: 'bridge', name: 'br0', namespace: blue });
    expect(created).toEqual({ index: await indexOf('br0', inside) });
    const index = await make(pair('b'));
    await ensureAddress(socket, { index, address: '10.0.0.1', prefixLength: 24 });
    await changeLink(socket, index, { namespace: blue });
    expect(await findLink(socket, 'b')).toBeUndefined();
    const moved = await findLink(inside, 'b');
    expect(moved).toMatchObject({ up: false, kind: 'veth' });
    expect(await listAddresses(inside, moved?.index)).toEqual([]);
    expect(await refusal(changeLink(socket, 1, { namespace: blue }))).toMatchObject({ code: 'EINVAL' });
  });

  it('gives links addresses: once, and with one prefix', async () => {
    const index = await make(pair('a'), false);
    const [v4, v6] = [
      { index, address: '10.0.0.1', prefixLength: 24 },
      { index, address: 'fd00::1', prefixLength: 64, noDuplicateDetection: true },
    ];
    expect(await ensureAddress(socket, v4)).toEqual({ changed: true });
    expect(await ensureAddress(socket, v4)).toEqual({ changed: false });
    expect(await ensureAddress(socket, v6)).toEqual({ changed: true });
    expect(await ensureAddress(socket, v6)).toEqual({ changed: false });
    expect(await ensureAddress(socket, { ...v6, prefixLength: 80 })).toEqual({ changed: true });
    expect((await listAddresses(socket, index)).map((one) => `${one.address}/${one.prefixLength}`).sort()).toEqual([
      '10.0.0.1/24',
      'fd00::1/80',
    ]);
    expect(await deleteAddress(socket, v4)).toEqual({ changed: true });
    expect(await deleteAddress(socket, v4)).toEqual({ changed: false });
    const wrong = { ...v4, index: 4711 };
    expect(await refusal(ensureAddress(socket, wrong))).toMatchObject({ code: 'ENODEV' });
    expect(await refusal(ensureAddress(socket, { ...v4, prefixLength: 33 }))).toMatchObject({ code: 'EINVAL' });
  });

  it('sets routes: a gateway must be reachable; a route goes with its link', async () => {
    const index = await make(pair('a'));
    await changeLink(socket, await indexOf('a-peer'), { up: true });
    const route = { destination: '10.1.0.0/16', gateway: '10.0.0.2' };
    expect(await refusal(ensureRoute(socket, route))).toMatchObject({
      code: 'ENETUNREACH',
      extendedAck: { message: 'Nexthop has invalid gateway' },
    });
    await ensureAddress(socket, { index, address: '10.0.0.1', prefixLength: 24 });
    expect(await ensureRoute(socket, route)).toEqual({ changed: true });
    expect(await ensureRoute(socket, route)).toEqual({ changed: false });
    expect(await ensureRoute(socket, { ...route, gateway: '10.0.0.3' })).toEqual({ changed: true });
    expect(await ensureRoute(socket, { destination: '10.2.0.0/16', type: 'blackhole', metric: 5 })).toEqual({
      changed: true,
    });
    const ours = async (): Promise<unknown> => (await listRoutes(socket)).filter(({ protocol }) => protocol === 4);
    expect(await ours()).toMatchObject([
      { destination: '10.1.0.0/16', gateway: '10.0.0.3', index, table: 254, metric: 0, type: 'unicast' },
      { destination: '10.2.0.0/16', gateway: undefined, type: 'blackhole', metric: 5 },
    ]);
    expect(await deleteRoute(socket, { destination: '10.2.0.0/16', type: 'blackhole', metric: 5 })).toEqual({
      changed: true,
    });
    expect(await deleteRoute(socket, { destination: '10.2.0.0/16', type: 'blackhole', metric: 5 })).toEqual({
      changed: false,
    });
    await changeLink(socket, index, { up: false });
    expect(await ours()).toEqual([]);
  });

  it('knows neighbours, and what is behind the ports of a bridge', async () => {
    const bridge = await make({ kind: 'bridge', name: 'br0' });
    const port = await make({ ...pair('a'), master: bridge });
    const neighbour = { index: bridge, address: '10.0.0.2', mac: '02:00:00:00:00:02' };
    expect(await ensureNeighbour(socket, neighbour)).toEqual({ changed: true });
    expect(await ensureNeighbour(socket, neighbour)).toEqual({ changed: false });
    expect(await ensureNeighbour(socket, { ...neighbour, mac: '02:00:00:00:00:03' })).toEqual({ changed: true });
    expect((await listNeighbours(socket, bridge)).filter(({ state }) => state === 'permanent')).toMatchObject([
      { address: '10.0.0.2', mac: '02:00:00:00:00:03', state: 'permanent' },
    ]);
    expect(await deleteNeighbour(socket, neighbour)).toEqual({ changed: true });
    expect(await deleteNeighbour(socket, neighbour)).toEqual({ changed: false });
    const entry = { index: port, mac: '02:00:00:00:00:09' };
    expect(await ensureForwarding(socket, entry)).toEqual({ changed: true });
    expect(await ensureForwarding(socket, entry)).toEqual({ changed: false });
    expect((await listForwarding(socket, port)).map(({ mac }) => mac)).toContain('02:00:00:00:00:09');
    expect(await deleteForwarding(socket, entry)).toEqual({ changed: true });
    expect(await deleteForwarding(socket, entry)).toEqual({ changed: false });
    expect(await refusal(ensureForwarding(socket, { ...entry, index: bridge }))).toMatchObject({ code: 'EOPNOTSUPP' });
  });

  it('makes 802.1Q links, each VLAN once on a device', async ({ skip }) => {
    const device = await make(pair('a'), false);
    const vlan = { kind: 'vlan', name: 'a.100', device, vlanId: 100 } as const;
    try {
      await createLink(socket, vlan);
    } catch (error) {
      if (isKernelError(error, 'EOPNOTSUPP')) skip('this kernel has no 802.1Q links');
      throw error;
    }
    expect(await findLink(socket, 'a.100')).toMatchObject({
      kind: 'vlan',
      link: device,
      vlan: { vlanId: 100, protocol: 0x8100 },
      mac: (await findLink(socket, 'a'))?.mac,
    });
    expect(await refusal(createLink(socket, { ...vlan, name: 'again' }))).toMatchObject({
      code: 'EEXIST',
      extendedAck: { message: '8021q: VLAN device already exists' },
    });
    expect(await refusal(createLink(socket, { ...vlan, name: 'none', device: 4711 }))).toMatchObject({
      code: 'ENODEV',
      extendedAck: { message: '8021q: link does not exist' },
    });
    expect(await refusal(changeLink(socket, await indexOf('a.100'), { up: true }))).toMatchObject({
      code: 'ENETDOWN',
    });
    await deleteLink(socket, device);
    expect(await findLink(socket, 'a.100')).toBeUndefined();
  });

  it('gives VLANs to the ports of a bridge that keeps them apart', async ({ skip }) => {
    try {
      await createLink(socket, { kind: 'bridge', name: 'br0', vlanFiltering: true });
    } catch (error) {
      if (isKernelError(error)) skip('this kernel has no bridges that filter VLANs');
      throw error;
    }
    const master = await indexOf('br0');
    const index = await make({ ...pair('a'), master });
    const vlans = [
      { vlanId: 100, pvid: true, untagged: true },
      { vlanId: 200, lastVlanId: 299 },
    ];
    expect(await ensureBridgeVlans(socket, index, vlans)).toEqual({ changed: true });
    expect(await ensureBridgeVlans(socket, index, vlans)).toEqual({ changed: false });
    await deleteBridgeVlans(socket, index, [{ vlanId: 250 }]);
    await addBridgeVlans(socket, index, [{ vlanId: 300 }]);
    expect((await listBridgeVlans(socket, index))[0]?.vlans).toEqual([
      { first: 100, last: 100, pvid: true, untagged: true },
      { first: 200, last: 249, pvid: false, untagged: false },
      { first: 251, last: 300, pvid: false, untagged: false },
    ]);
    expect(await refusal(addBridgeVlans(socket, await indexOf('a-peer'), vlans))).toMatchObject({ code: 'EOPNOTSUPP' });
  });

  it('hears what changes, and loses nothing without being told', async () => {
    using monitor = kernel.openMonitor();
    const changes = monitor[Symbol.asyncIterator]();
    const heard: string[] = [];
    const until = async (wanted: string): Promise<void> => {
      while (!heard.includes(wanted)) {
        const { value } = await changes.next();
        if (value?.topic === 'link') heard.push(`${value.action} ${value.link.name}`);
        if (value?.topic === 'address') heard.push(`${value.action} ${value.address.address}`);
        if (value?.topic === 'route') heard.push(`${value.action} ${value.route.destination}`);
        if (value?.topic === 'neighbour') heard.push(`${value.action} ${value.neighbour.address}`);
      }
    };
    const index = await make(pair('a'));
    await changeLink(socket, await indexOf('a-peer'), { up: true });
    await until('set a');
    await ensureAddress(socket, { index, address: '10.0.0.1', prefixLength: 24 });
    await until('set 10.0.0.1');
    await ensureRoute(socket, { destination: '10.1.0.0/16', gateway: '10.0.0.2' });
    await until('set 10.1.0.0/16');
    await ensureNeighbour(socket, { index, address: '10.0.0.2', mac: '02:00:00:00:00:02' });
    await until('set 10.0.0.2');
    await deleteNeighbour(socket, { index, address: '10.0.0.2' });
    await deleteRoute(socket, { destination: '10.1.0.0/16', gateway: '10.0.0.2' });
    await until('removed 10.1.0.0/16');
    await deleteLink(socket, index);
    await until('removed a');
    await until('removed a-peer');
  });

  it('may change a link to what it is', async () => {
    const index = await make(pair('a'));
    const outcomes = await socket.requestAll([changeLinkRequest(index, { up: true }), changeLinkRequest(index, {})]);
    expect(outcomes.every(({ error }) => error === undefined)).toBe(true);
  });
});

describe('the fake kernel', () => {
  it('can be one that lacks kinds of links', async () => {
    const kernel = new FakeKernel({ kinds: ['veth', 'bridge'] });
    using socket = kernel.openSocket();
    await createLink(socket, { kind: 'bridge', name: 'br0' });
    expect(await refusal(createLink(socket, { kind: 'vrf', name: 'blue', table: 100 }))).toMatchObject({
      code: 'EOPNOTSUPP',
    });
  });

  it('refuses what a test wants it to', async () => {
    const kernel = new FakeKernel();
    using socket = kernel.openSocket();
    kernel.refuseWhen(({ type }) => (type === 16 ? 'ENOBUFS' : undefined));
    expect(await refusal(createLink(socket, { kind: 'bridge', name: 'br0' }))).toMatchObject({
      code: 'ENOBUFS',
      retryable: true,
    });
    kernel.refuseWhen(() => undefined);
    await createLink(socket, { kind: 'bridge', name: 'br0' });
  });

  it('tells a reader who is too slow that changes were lost, and the reader gets a snapshot', async () => {
    const kernel = new FakeKernel();
    using socket = kernel.openSocket();
    using monitor = kernel.openMonitor({ topics: ['link'], receiveQueueBytes: 1000 });
    for (let n = 0; n < 50; n++) await createLink(socket, { kind: 'bridge', name: `br${n}` });
    const { value } = await monitor[Symbol.asyncIterator]().next();
    expect(value).toMatchObject({ topic: 'snapshot', reason: 'lost' });
    expect(value?.topic === 'snapshot' ? value.links.length : 0).toBe(51);
  });

  it('takes no namespace that is not its own', () => {
    const kernel = new FakeKernel();
    using socket = kernel.openSocket();
    expect(() => socket.openIn({ fd: 3 })).toThrow(TypeError);
    expect(() => socket.openIn(new FakeKernel().createNamespace())).toThrow(TypeError);
  });
});
