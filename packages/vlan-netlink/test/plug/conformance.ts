import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  changeLink,
  createTenantNetworkPlugs,
  createVeth,
  deleteAddress,
  findLink,
  type Link,
  listAddresses,
  listLinks,
  NamedNamespaces,
  NetlinkSocket,
  OvsdbClient,
  TenantNetworkError,
} from '../../src/index.ts';
import { binding } from '../../src/native/binding.ts';
import { writeTable } from '../../src/nftables/table.ts';
import type {
  KernelTenantNetworkPlugs,
  PluggedNetwork,
  PlugRequest,
  TenantNetwork,
  TenantNetworksOptions,
} from '../../src/tenant-network/contract.ts';
import { enterFreshNamespace, type FreshNamespace } from '../../src/testing/index.ts';
import { greet, hear } from './conversation.ts';
import {
  type HostName,
  type PhysicalWorld,
  type PhysicalWorldMaker,
  physnet1,
  physnet2,
  vlanNetwork,
} from './physical-world.ts';

const EIO = 5;
const blue = vlanNetwork(physnet1, 100);
const red = vlanNetwork(physnet1, 101);
/** The same VLAN as blue, on another physical network. */
const green = vlanNetwork(physnet2, 100);

async function code(action: Promise<unknown>): Promise<string> {
  const error = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof TenantNetworkError ? error.code : `no TenantNetworkError, but ${error}`;
}

/** Where a plug that has a namespace of its own has its link. */
function namespaceOf({ namespace }: PluggedNetwork): string {
  if (namespace === undefined) throw new Error('the network is plugged among the links of the host');
  return namespace;
}

/** What every kind of target promises, tried on the real thing. */
export function describePlug({ kind, variant = '', whyNot, make }: PhysicalWorldMaker): void {
  describe(`a plug of kind ${kind}${variant}`, () => {
    let fresh: FreshNamespace;
    let world: PhysicalWorld;
    let stop: () => Promise<void>;
    let io: KernelTenantNetworkPlugs;
    let compute: KernelTenantNetworkPlugs;

    const plugsOf = (
      host: HostName,
      { site, ...options }: Partial<TenantNetworksOptions> = {},
    ): KernelTenantNetworkPlugs => {
      const plugs = createTenantNetworkPlugs({
        site: site ?? (host === 'io' ? 'testio' : 'testcomp'),
        host: `${host}-1`,
        targets: world.targets(host),
        namespaceDirectory: fresh.namespaceDirectory,
        stateDirectory: `${fresh.stateDirectory}-${site ?? host}`,
        ...options,
      });
      const { plug } = plugs;
      plugs.plug = async (request: PlugRequest) => {
        const port = world.portOf?.(host, request.network, site ?? '');
        const plugged = await plug.call(plugs, { ...request, ...(port !== undefined && { port }) });
        await world.connected?.(plugged);
        return plugged;
      };
      return plugs;
    };

    beforeEach(async ({ skip }) => {
      if (whyNot !== undefined) skip(whyNot);
      fresh = await enterFreshNamespace();
      stop = async () => undefined;
      world = await make();
      stop = () => world.stop();
      for (const network of [blue, red, green]) await world.addNetwork(network);
      io = plugsOf('io');
      compute = plugsOf('compute');
    });
    afterEach(async () => {
      if (whyNot !== undefined) return;
      vi.restoreAllMocks();
      await stop();
      fresh.leave();
    });

    const links = async (): Promise<Link[]> => {
      using socket = NetlinkSocket.open();
      return await listLinks(socket);
    };
    const files = (directory: string): string[] => (existsSync(directory) ? readdirSync(directory).sort() : []);
    /** Everything that a plug could leave behind. */
    const traces = async (): Promise<unknown> => ({
      links: (await links()).map(({ name }) => name).sort(),
      namespaces: files(fresh.namespaceDirectory),
      mounts: readFileSync('/proc/self/mounts', 'utf8')
        .split('\n')
        .filter((line) => line.includes(`${fresh.namespaceDirectory}/`)),
      state: [...files(`${fresh.stateDirectory}-io`), ...files(`${fresh.stateDirectory}-compute`)],
      switchPorts: await world.switchPorts(),
    });
    const inTenant = async (
      plugged: PluggedNetwork,
      action: (socket: NetlinkSocket, leaf: Link) => Promise<unknown>,
    ): Promise<void> => {
      using namespace = new NamedNamespaces(fresh.namespaceDirectory).open(namespaceOf(plugged));
      using socket = NetlinkSocket.open({ namespace });
      const leaf = await findLink(socket, plugged.interfaceName);
      if (leaf === undefined) throw new Error(`no link ${plugged.interfaceName}`);
      await action(socket, leaf);
    };

    it('makes a namespace with a link whose address is usable at once, and its own choice where Neutron has none', async () => {
      const onBlue = await io.plug({ network: blue, owner: 'a' });
      const onRed = await io.plug({ network: red, owner: 'a' });
      expect(onBlue).toMatchObject({ network: blue, owners: ['a'], changed: true });
      if (world.portOf === undefined) {
        expect(onBlue.linkLocal).toMatch(/^fe80::2/);
        expect(onRed.linkLocal).toBe(onBlue.linkLocal);
      } else {
        expect(onBlue.linkLocal).toMatch(/^fe80::f816:3eff:fe/);
      }
      expect(onRed.namespace).not.toBe(onBlue.namespace);
      expect(await io.verify(blue)).toEqual([]);
      expect(await io.verify(blue)).toEqual([]);
      expect(await io.plug({ network: blue, owner: 'a' })).toEqual({ ...onBlue, changed: false });
      expect(await io.list()).toHaveLength(2);
    });

    it('carries TCP between two hosts over the link-local address', async () => {
      const { linkLocal } = await io.plug({ network: blue, owner: 'a' });
      const { interfaceName } = await compute.plug({ network: blue, owner: 'b' });
      const greeter = await greet(io, blue, linkLocal, 'hello from blue');
      expect(await hear(compute, blue, `${linkLocal}%${interfaceName}`, greeter.port)).toBe('hello from blue');
      await greeter.stop();
    });

    it('keeps two tenants with the same addresses apart: each works, and neither hears the other', async () => {
      for (const [network, owner] of [
        [blue, 'blue'],
        [red, 'red'],
      ] as const) {
        await io.plug({ network, owner, addresses: ['10.0.0.1/24'] });
        await compute.plug({ network, owner, addresses: ['10.0.0.2/24'] });
      }
      const onBlue = await greet(io, blue, '10.0.0.1', 'blue');
      const onRed = await greet(io, red, '10.0.0.1', 'red', onBlue.port);
      expect(await hear(compute, blue, '10.0.0.1', onBlue.port)).toBe('blue');
      expect([onBlue.greeted(), onRed.greeted()]).toEqual([1, 0]);
      expect(await hear(compute, red, '10.0.0.1', onRed.port)).toBe('red');
      await onBlue.stop();
      // Nobody serves blue now; red, on the same address and port, must not step in.
      expect(await hear(compute, blue, '10.0.0.1', onRed.port)).toBe('ECONNREFUSED');
      await io.unplug({ network: blue, owner: 'blue' });
      expect(await hear(compute, blue, '10.0.0.1', onRed.port)).toMatch(/ETIMEDOUT|EHOSTUNREACH/);
      expect(onRed.greeted()).toBe(1);
      await onRed.stop();
    });

    it('H14: keeps two physical networks with the same VLAN id apart', async () => {
      const { linkLocal, namespace } = await io.plug({ network: blue, owner: 'a' });
      const { interfaceName } = await compute.plug({ network: green, owner: 'a' });
      const greeter = await greet(io, blue, linkLocal, 'blue');
      const heard = await hear(compute, green, `${linkLocal}%${interfaceName}`, greeter.port);
      expect(heard).toMatch(/ETIMEDOUT|EHOSTUNREACH/);
      expect(greeter.greeted()).toBe(0);
      await greeter.stop();
      const namespaces = [(await io.plug({ network: green, owner: 'a' })).namespace, namespace];
      expect(new Set(namespaces).size).toBe(2);
    });

    it('gives an owner its addresses for as long as it stays, and never two owners the less', async () => {
      const addressesOf = async (plugged: PluggedNetwork): Promise<string[]> => {
        let addresses: string[] = [];
        await inTenant(plugged, async (socket, { index }) => {
          addresses = (await listAddresses(socket, index)).map(
            ({ address, prefixLength }) => `${address}/${prefixLength}`,
          );
        });
        return addresses.sort();
      };
      const a = ['10.0.0.1/24', 'fd00::1/64'];
      const b = ['10.0.0.1/24', '10.0.0.9/32'];
      const plugged = await io.plug({ network: blue, owner: 'a', addresses: a });
      const own = `${plugged.linkLocal}/64`;
      expect(await addressesOf(plugged)).toEqual([...a, own].sort());
      await io.plug({ network: blue, owner: 'b', addresses: b });
      expect(await addressesOf(plugged)).toEqual([...a, '10.0.0.9/32', own].sort());
      expect(await io.verify(blue)).toEqual([]);
      await io.unplug({ network: blue, owner: 'a' });
      expect(await addressesOf(plugged)).toEqual([...b, own].sort());
      await io.plug({ network: blue, owner: 'b' });
      expect(await addressesOf(plugged)).toEqual([own]);
      for (const address of [
        '10.0.0.1',
        '10.0.0.1/33',
        '0.0.0.0/8',
        '224.0.0.1/24',
        'ff02::1/64',
        'x/24',
        'fd00::1%a/64',
      ]) {
        expect(await code(io.plug({ network: blue, owner: 'b', addresses: [address] })), address).toBe(
          'invalid_address',
        );
      }
    });

    it.each([
      ['10.0.0.1/24', '10.0.0.2/24'],
      ['fd00::1/64', 'fd00::2/64'],
    ])('tells the neighbours at once who has %s now, when another host takes it over', async (address, neighbour) => {
      const [host = ''] = address.split('/');
      const other = plugsOf('io', { site: 'testio2' });
      await compute.plug({ network: blue, owner: 'b', addresses: [neighbour] });
      await io.plug({ network: blue, owner: 'a', addresses: [address] });
      const first = await greet(io, blue, host, 'first');
      expect(await hear(compute, blue, host, first.port)).toBe('first');
      // Another MAC address; the neighbour has the first one in its cache, which stays valid for half a minute.
      await io.unplug({ network: blue, owner: 'a' });
      await other.plug({ network: blue, owner: 'a', addresses: [address] });
      const second = await greet(other, blue, host, 'second', first.port);
      expect(await hear(compute, blue, host, first.port)).toBe('second');
      expect(first.greeted()).toBe(1);
      await first.stop();
      await second.stop();
    });

    it('of a host that is only a client lets nobody in, and its own connections out', async ({ skip }) => {
      const client = plugsOf('compute', { inbound: 'refused' });
      const failure = await client
        .plug({ network: blue, owner: 'b', addresses: ['10.0.0.2/24'] })
        .catch((error: unknown) => error);
      if (failure instanceof TenantNetworkError && failure.code === 'kernel_lacks_nftables') skip(failure.message);
      const plugged = await client.plug({ network: blue, owner: 'b', addresses: ['10.0.0.2/24'] });
      expect(plugged.changed).toBe(false);
      const { linkLocal, interfaceName } = await io.plug({ network: blue, owner: 'a', addresses: ['10.0.0.1/24'] });
      const served = await greet(io, blue, linkLocal, 'served');
      expect(await hear(client, blue, `${linkLocal}%${plugged.interfaceName}`, served.port)).toBe('served');
      for (const [address, from] of [
        [plugged.linkLocal, `${plugged.linkLocal}%${interfaceName}`],
        ['10.0.0.2', '10.0.0.2'],
      ] as const) {
        const exposed = await greet(client, blue, address, 'exposed');
        expect(await hear(io, blue, from, exposed.port)).toBe('ETIMEDOUT');
        // From the same namespace it can be reached: it does listen.
        expect(
          await hear(
            client,
            blue,
            address === '10.0.0.2' ? address : `${address}%${plugged.interfaceName}`,
            exposed.port,
          ),
        ).toBe('exposed');
        expect(exposed.greeted()).toBe(1);
        await exposed.stop();
      }
      await served.stop();
      using namespace = new NamedNamespaces(fresh.namespaceDirectory).open(namespaceOf(plugged));
      writeTable(namespace, 'iorcl-leaf', []);
      expect((await client.verify(blue)).join('; ')).toContain('does not refuse connections');
      expect(await client.repair(blue)).toEqual({ changed: true });
      expect(await client.verify(blue)).toEqual([]);
    });

    it('repairs a network for the owners that it has, and refuses one that nobody has', async () => {
      const plugged = await io.plug({ network: blue, owner: 'a', addresses: ['10.0.0.1/24'] });
      await inTenant(plugged, async (socket, { index }) => {
        await deleteAddress(socket, { index, address: '10.0.0.1', prefixLength: 24 });
        await changeLink(socket, index, { up: false });
      });
      expect(await io.verify(blue)).not.toEqual([]);
      expect(await io.repair(blue)).toEqual({ changed: true });
      expect(await io.verify(blue)).toEqual([]);
      expect(await io.repair(blue)).toEqual({ changed: false });
      expect((await io.list())[0]?.owners).toEqual(['a']);
      expect(await code(io.repair(red))).toBe('not_plugged');
    });

    it('H15 H21: 64 plugs and unplugs at the same time, on 8 networks, leave exactly what they should', {
      timeout: 120_000,
    }, async () => {
      const networks = [200, 201, 202, 203].flatMap((id) => [vlanNetwork(physnet1, id), vlanNetwork(physnet2, id)]);
      for (const network of networks) await world.addNetwork(network);
      const before = await traces();
      const owners = ['a', 'b', 'c', 'd'];
      await Promise.all(
        networks.flatMap((network) =>
          owners.flatMap((owner) => [io.plug({ network, owner }), io.unplug({ network, owner })]),
        ),
      );
      expect(await traces()).toEqual(before);
      // The odd networks lose all their owners while the even ones get theirs.
      const odd = networks.filter((_, n) => n % 2 === 1);
      await Promise.all(odd.flatMap((network) => owners.map((owner) => io.plug({ network, owner }))));
      await Promise.all(
        networks.flatMap((network) =>
          owners.flatMap((owner) =>
            odd.includes(network)
              ? [io.plug({ network, owner }), io.unplug({ network, owner })]
              : [io.unplug({ network, owner }), io.plug({ network, owner })],
          ),
        ),
      );
      const even = networks.filter((network) => !odd.includes(network));
      expect((await io.list()).map(({ network }) => network.networkId).sort()).toEqual(
        even.map(({ networkId }) => networkId).sort(),
      );
      for (const network of even) expect(await io.verify(network)).toEqual([]);
      expect(files(fresh.namespaceDirectory)).toHaveLength(even.length);
      expect(await io.sweep({ dryRun: true })).toEqual([]);
      await Promise.all(even.flatMap((network) => owners.map((owner) => io.unplug({ network, owner }))));
      expect(await traces()).toEqual(before);
    });

    it('H15: keeps a network until its last owner leaves, and then leaves nothing', async () => {
      const before = await traces();
      await io.plug({ network: blue, owner: 'a' });
      await io.plug({ network: blue, owner: 'b' });
      expect(await io.unplug({ network: blue, owner: 'a' })).toEqual({ removed: false });
      expect(await io.unplug({ network: blue, owner: 'nobody' })).toEqual({ removed: false });
      expect(await io.verify(blue)).toEqual([]);
      expect(await io.unplug({ network: blue, owner: 'b' })).toEqual({ removed: true });
      expect(await traces()).toEqual(before);
      expect(await io.unplug({ network: blue, owner: 'b' })).toEqual({ removed: false });
    });

    it('H15: leaves no link to a process that is still inside, and can be plugged again at once', async () => {
      const plugged = await io.plug({ network: blue, owner: 'a' });
      const { linkLocal } = plugged;
      const { interfaceName } = await compute.plug({ network: blue, owner: 'b' });
      using held = new NamedNamespaces(fresh.namespaceDirectory).open(namespaceOf(plugged));
      using inside = NetlinkSocket.open({ namespace: held });
      const stale = await greet(io, blue, linkLocal, 'stale');
      expect(await io.unplug({ network: blue, owner: 'a' })).toEqual({ removed: true });
      expect((await listLinks(inside)).filter(({ name }) => /^iop?\d/.test(name))).toEqual([]);
      await io.plug({ network: blue, owner: 'a' });
      expect(await io.verify(blue)).toEqual([]);
      const greeter = await greet(io, blue, linkLocal, 'new', stale.port);
      expect(await hear(compute, blue, `${linkLocal}%${interfaceName}`, greeter.port)).toBe('new');
      expect(stale.greeted()).toBe(0);
      await greeter.stop();
      await stale.stop();
    });

    it('H15: when killed before any request to the kernel or the switch, is repaired by the next plug', {
      timeout: 120_000,
    }, async () => {
      const before = await traces();
      let killedAt = 0;
      for (let finished = false; !finished; killedAt++) {
        dieAt(killedAt, 'before');
        const killed = plugsOf('io').plug({ network: blue, owner: 'killed' });
        finished = await killed.then(
          () => true,
          () => false,
        );
        vi.restoreAllMocks();
        const next = plugsOf('io');
        await next.plug({ network: blue, owner: 'next' });
        expect(await next.verify(blue), `killed at ${killedAt}`).toEqual([]);
        await next.unplug({ network: blue, owner: 'killed' });
        expect(await next.unplug({ network: blue, owner: 'next' })).toEqual({ removed: true });
        expect(await traces(), `killed at ${killedAt}`).toEqual(before);
      }
      expect(killedAt).toBeGreaterThan(10);
    });

    it('H15: when killed after any request to the kernel or the switch, is removed by the last unplug', {
      timeout: 120_000,
    }, async () => {
      const before = await traces();
      for (let killedAt = 0, finished = false; !finished; killedAt++) {
        dieAt(killedAt, 'after');
        const killed = plugsOf('io').plug({ network: blue, owner: 'killed' });
        finished = await killed.then(
          () => true,
          () => false,
        );
        vi.restoreAllMocks();
        await plugsOf('io').unplug({ network: blue, owner: 'killed' });
        expect(await traces(), `killed at ${killedAt}`).toEqual(before);
      }
    });

    it('H15: when killed at any moment of an unplug, is removed by the next', { timeout: 120_000 }, async () => {
      const before = await traces();
      for (let killedAt = 0, finished = false; !finished; killedAt += 2) {
        await plugsOf('io').plug({ network: blue, owner: 'a' });
        dieAt(killedAt, 'before');
        finished = await plugsOf('io')
          .unplug({ network: blue, owner: 'a' })
          .then(
            () => true,
            () => false,
          );
        vi.restoreAllMocks();
        await plugsOf('io').unplug({ network: blue, owner: 'a' });
        expect(await traces(), `killed at ${killedAt}`).toEqual(before);
      }
    });

    it('H10: when aborted at any moment, leaves nothing and says that it was aborted', {
      timeout: 120_000,
    }, async () => {
      const before = await traces();
      for (let at = 0, finished = false; !finished; at += 3) {
        const abort = new AbortController();
        onRequest((number, go) => {
          if (number === at) abort.abort(new Error('enough'));
          return go();
        });
        const outcome = await plugsOf('io')
          .plug({ network: blue, owner: 'a', signal: abort.signal })
          .then(
            () => 'plugged',
            (error: unknown) => String(error),
          );
        vi.restoreAllMocks();
        finished = outcome === 'plugged';
        if (finished) await plugsOf('io').unplug({ network: blue, owner: 'a' });
        else expect(outcome, `aborted at ${at}`).toContain('enough');
        expect(await traces(), `aborted at ${at}`).toEqual(before);
      }
    });

    /** Sees each request to the kernel, each mount, and each transaction of a switch, with its number. */
    function onRequest(see: <T>(number: number, go: () => T) => T | 'lost'): void {
      const { mount, send, unmount } = binding();
      const { transact } = OvsdbClient.prototype;
      let number = 0;
      const lost = <T>(outcome: T | 'lost'): T | number => (outcome === 'lost' ? -EIO : outcome);
      vi.spyOn(binding(), 'send').mockImplementation((fd, data) => lost(see(number++, () => send(fd, data))));
      vi.spyOn(binding(), 'mount').mockImplementation((...given) => lost(see(number++, () => mount(...given))));
      vi.spyOn(binding(), 'unmount').mockImplementation((...given) => lost(see(number++, () => unmount(...given))));
      vi.spyOn(OvsdbClient.prototype, 'transact').mockImplementation(async function (this: OvsdbClient, ...given) {
        const outcome = see(number++, () => transact.apply(this, given));
        if (outcome === 'lost') throw new Error('nothing reaches the switch any more');
        return await outcome;
      });
    }

    /**
     * From the n-th request on nothing is asked any more, not even what would tidy up: as after kill -9.
     *
     * @param moment `after`: the n-th one is done, but nobody hears the answer.
     */
    function dieAt(killedAt: number, moment: 'before' | 'after'): void {
      onRequest((number, go) => {
        if (number < killedAt) return go();
        if (number === killedAt && moment === 'after') {
          const done: unknown = go();
          if (done instanceof Promise) done.catch(() => undefined);
        }
        return 'lost';
      });
    }

    it('H15: repairs whatever was changed behind its back, and says before what it is', async () => {
      const plugged = await io.plug({ network: blue, owner: 'a' });
      const damages: Record<string, (socket: NetlinkSocket, leaf: Link) => Promise<unknown>> = {
        'is down': (socket, { index }) => changeLink(socket, index, { up: false }),
        'lacks the address': (socket, { index }) =>
          deleteAddress(socket, { index, address: plugged.linkLocal, prefixLength: 64 }),
        'has the MAC address': (socket, { index }) => changeLink(socket, index, { mac: '02:00:00:00:00:01' }),
        'has the alias': (socket, { index }) => changeLink(socket, index, { alias: 'mine' }),
        'makes IPv6 addresses by itself': (socket, { index }) =>
          changeLink(socket, index, { addressGenerationMode: 'eui64' }),
        'lo is down': async (socket) => {
          const loopback = await findLink(socket, 'lo');
          await changeLink(socket, loopback?.index ?? 0, { up: false });
        },
      };
      for (const [said, damage] of Object.entries(damages)) {
        await inTenant(plugged, damage);
        expect((await io.verify(blue)).join('; ')).toContain(said);
        expect(await io.plug({ network: blue, owner: 'a' }), said).toMatchObject({ changed: true });
        expect(await io.verify(blue), said).toEqual([]);
      }
      new NamedNamespaces(fresh.namespaceDirectory).delete(namespaceOf(plugged));
      expect((await io.verify(blue)).join('; ')).toContain(`namespace ${plugged.namespace} is missing`);
      await io.plug({ network: blue, owner: 'a' });
      expect(await io.verify(blue)).toEqual([]);
    });

    it('leaves nothing of a plug that fails', async () => {
      const before = await traces();
      const { send } = binding();
      let sent = 0;
      // Only one message is lost: tidying up can work.
      vi.spyOn(binding(), 'send').mockImplementation((fd, data) => (sent++ === 12 ? -EIO : send(fd, data)));
      expect(await code(io.plug({ network: blue, owner: 'a' }))).toBe('plug_failed');
      expect(await traces()).toEqual(before);
    });

    it('refuses, with nothing changed, when what leads to the physical network is missing', async () => {
      await world.breakIt(blue);
      const before = await traces();
      expect(await code(io.plug({ network: blue, owner: 'a' }))).toMatch(/^(bridge_missing|device_unusable)$/);
      expect(await traces()).toEqual(before);
    });

    it('H15 H21: ends right after a storm of plugs and unplugs of several owners on several networks', {
      timeout: 60_000,
    }, async () => {
      const before = await traces();
      const networks: readonly TenantNetwork[] = [blue, red, green];
      const storm = networks.flatMap((network) =>
        ['a', 'b', 'c', 'd'].flatMap((owner) => [
          io.plug({ network, owner }),
          io.unplug({ network, owner }),
          compute.plug({ network, owner }),
          io.plug({ network, owner }),
        ]),
      );
      await Promise.all(storm);
      for (const network of networks) {
        expect([await io.verify(network), await compute.verify(network)]).toEqual([[], []]);
      }
      expect((await io.list()).map(({ owners }) => owners)).toEqual(networks.map(() => ['a', 'b', 'c', 'd']));
      const leaving = networks.flatMap((network) =>
        ['a', 'b', 'c', 'd'].flatMap((owner) => [io.unplug({ network, owner }), compute.unplug({ network, owner })]),
      );
      expect((await Promise.all(leaving)).filter(({ removed }) => removed)).toHaveLength(2 * networks.length);
      expect(await traces()).toEqual(before);
    });

    it('sweeps what has its mark and no owner, and nothing else', async () => {
      const foreign = new NamedNamespaces(fresh.namespaceDirectory);
      foreign.create('somebody');
      foreign.create('iorcl-other-0123456789ab');
      using socket = NetlinkSocket.open();
      await createVeth(socket, { name: 'iop100-aaaaaaa', peer: { name: 'io100-aaaaaaa' } });
      const stranger = await findLink(socket, 'iop100-aaaaaaa');
      await changeLink(socket, stranger?.index ?? 0, { alias: 'iorcl:other:0123456789ab:1:x' });
      const untouched = await traces();

      await io.plug({ network: blue, owner: 'a' });
      await compute.plug({ network: blue, owner: 'a' });
      await io.plug({ network: red, owner: 'a' });
      expect(await io.sweep({ dryRun: true })).toEqual([]);
      const [orphan] = (await io.list()).filter(({ network }) => network.segmentationId === 101);
      rmSync(`${fresh.stateDirectory}-io/${orphan?.namespace}`, { recursive: true });

      const found = await io.sweep({ dryRun: true });
      expect(found).toContain(`namespace ${orphan?.namespace}`);
      expect(await io.sweep({ dryRun: true })).toEqual(found);
      // One by one: only what is named goes, and what is named and not there is fine.
      const [first = '', ...rest] = found.toReversed();
      expect(await io.sweep({ dryRun: false, only: [first, 'link of nobody'] })).toEqual([first]);
      const left = await io.sweep({ dryRun: true });
      expect(left).not.toContain(first);
      expect(rest).toEqual(expect.arrayContaining([...left]));
      await io.sweep({ dryRun: false });
      expect(await io.sweep({ dryRun: true })).toEqual([]);
      expect([await io.verify(blue), await compute.verify(blue)]).toEqual([[], []]);
      await io.unplug({ network: blue, owner: 'a' });
      await compute.unplug({ network: blue, owner: 'a' });
      expect(await traces()).toEqual(untouched);
    });
  });
}
