import { createSocket } from 'node:dgram';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  changeLink,
  createBridge,
  createTenantNetworkPlugs,
  deleteLink,
  ensureAddress,
  ensureNeighbour,
  ensureRoute,
  findLink,
  listAddresses,
  listLinks,
  listRoutes,
  NamedNamespaces,
  NetlinkSocket,
  NetworkNamespace,
  TenantNetworkError,
} from '../../src/index.ts';
import { binding } from '../../src/native/binding.ts';
import { listTables, writeTable } from '../../src/nftables/table.ts';
import { listenTcp } from '../../src/tcp/listen.ts';
import type {
  KernelTenantNetworkPlugs,
  PluggedNetwork,
  PlugRequest,
  TenantNetworksOptions,
} from '../../src/tenant-network/contract.ts';
import { enterFreshNamespace, type FreshNamespace } from '../../src/testing/index.ts';
import { greet, hear } from './conversation.ts';
import { type HostName, type PhysicalWorld, type PhysicalWorldMaker, physnet1, vlanNetwork } from './physical-world.ts';

const EIO = 5;
const blue = vlanNetwork(physnet1, 100);
const red = vlanNetwork(physnet1, 101);
/** What the host has beside: on no tenant's network, and open to whoever can send something there. */
const HOST = { ipv4: '192.0.2.77', ipv6: 'fd00:77::77' };
const NOTHING = /ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/;

/** What every kind of target promises of a compute host that has its links among its own. */
export function describeHostPlace({ kind, variant = '', whyNot, make }: PhysicalWorldMaker): void {
  describe(`a plug of kind ${kind}${variant} among the host's own links`, () => {
    let fresh: FreshNamespace;
    let world: PhysicalWorld;
    let stop: () => Promise<void>;
    let io: KernelTenantNetworkPlugs;
    let compute: KernelTenantNetworkPlugs;

    const plugsOf = (host: HostName, options: Partial<TenantNetworksOptions> = {}): KernelTenantNetworkPlugs => {
      const plugs = createTenantNetworkPlugs({
        site: host === 'io' ? 'testio' : 'testcomp',
        host: `${host}-1`,
        targets: world.targets(host),
        namespaceDirectory: fresh.namespaceDirectory,
        stateDirectory: `${fresh.stateDirectory}-${host}`,
        ...options,
      });
      const { plug } = plugs;
      plugs.plug = async (request: PlugRequest) => {
        const port = world.portOf?.(host, request.network, options.place ?? '');
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
      for (const network of [blue, red]) await world.addNetwork(network);
      io = plugsOf('io');
      compute = plugsOf('compute', { place: 'host', inbound: 'refused' });
      const probe = await compute.plug({ network: red, owner: 'probe' }).catch((error: unknown) => error);
      if (probe instanceof TenantNetworkError && probe.code === 'kernel_lacks_nftables') skip(probe.message);
      await compute.unplug({ network: red, owner: 'probe' });
    });
    afterEach(async () => {
      if (whyNot !== undefined) return;
      vi.restoreAllMocks();
      await stop();
      fresh.leave();
    });

    const files = (directory: string): string[] => (existsSync(directory) ? readdirSync(directory).sort() : []);
    const traces = async (): Promise<unknown> => {
      using socket = NetlinkSocket.open();
      using here = NetworkNamespace.current();
      return {
        links: (await listLinks(socket)).map(({ name }) => name).sort(),
        tables: await listTables(here),
        namespaces: files(fresh.namespaceDirectory),
        state: files(`${fresh.stateDirectory}-compute`),
        switchPorts: await world.switchPorts(),
      };
    };
    const inTenant = async <T>(
      { namespace }: PluggedNetwork,
      action: (socket: NetlinkSocket) => Promise<T>,
    ): Promise<T> => {
      using there = new NamedNamespaces(fresh.namespaceDirectory).open(namespace ?? '');
      using socket = NetlinkSocket.open({ namespace: there });
      return await action(socket);
    };
    const linkOf = async ({ interfaceName }: PluggedNetwork) => {
      using socket = NetlinkSocket.open();
      const link = await findLink(socket, interfaceName);
      if (link === undefined) throw new Error(`no link ${interfaceName}`);
      return link;
    };

    it('has its link there, with its link-local address and no other, no namespace, and no route but to its neighbours', async () => {
      const plugged = await compute.plug({ network: blue, owner: 'a' });
      expect(plugged).toMatchObject({ network: blue, namespace: undefined, owners: ['a'], changed: true });
      const { interfaceName, linkLocal } = plugged;
      expect(compute.linkOf(blue)).toEqual({ interfaceName, linkLocal });
      using socket = NetlinkSocket.open();
      const { index, up } = await linkOf(plugged);
      expect(up).toBe(true);
      const addresses = (await listAddresses(socket, index)).map(({ address }) => address);
      expect(addresses).toEqual([plugged.linkLocal]);
      const routes = (await listRoutes(socket, { table: 254 })).filter((route) => route.index === index);
      expect(routes.map(({ destination }) => destination)).toEqual(['fe80::/64']);
      expect(files(fresh.namespaceDirectory)).toEqual([]);
      expect(await compute.verify(blue)).toEqual([]);
      expect(await compute.plug({ network: blue, owner: 'a' })).toEqual({ ...plugged, changed: false });
      expect(await compute.list()).toEqual([{ ...plugged, changed: false }]);
    });

    it('H14: reaches two tenants that have equal addresses, each by its own link', async () => {
      const [onBlue, onRed] = [
        await io.plug({ network: blue, owner: 'a' }),
        await io.plug({ network: red, owner: 'a' }),
      ];
      const [toBlue, toRed] = [
        await compute.plug({ network: blue, owner: 'b' }),
        await compute.plug({ network: red, owner: 'b' }),
      ];
      if (world.portOf === undefined) expect(onBlue.linkLocal).toBe(onRed.linkLocal);
      const blueGreeter = await greet(io, blue, onBlue.linkLocal, 'blue');
      const redGreeter = await greet(io, red, onRed.linkLocal, 'red', blueGreeter.port);
      expect(await hear(compute, blue, `${onBlue.linkLocal}%${toBlue.interfaceName}`, blueGreeter.port)).toBe('blue');
      expect(await hear(compute, red, `${onRed.linkLocal}%${toRed.interfaceName}`, redGreeter.port)).toBe('red');
      expect([blueGreeter.greeted(), redGreeter.greeted()]).toEqual([1, 1]);
      await blueGreeter.stop();
      // Red, on the same address and port, does not step in.
      expect(await hear(compute, blue, `${onBlue.linkLocal}%${toBlue.interfaceName}`, redGreeter.port)).toBe(
        'ECONNREFUSED',
      );
      await redGreeter.stop();
    });

    /** A tenant that has made itself all the routes and neighbours that it could wish for, on a host that forwards. */
    const attacker = async (mac: (plugged: PluggedNetwork) => Promise<string | undefined>) => {
      writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
      writeFileSync('/proc/sys/net/ipv6/conf/all/forwarding', '1');
      using socket = NetlinkSocket.open();
      const { index: loopback = 0 } = (await findLink(socket, 'lo')) ?? {};
      await ensureAddress(socket, { index: loopback, address: HOST.ipv4, prefixLength: 32 });
      await ensureAddress(socket, {
        ...{ index: loopback, address: HOST.ipv6, prefixLength: 128, noDuplicateDetection: true },
      });
      const tenant = await io.plug({ network: blue, owner: 'a', addresses: ['10.9.0.1/24', 'fd00:9::1/64'] });
      const victim = await io.plug({ network: red, owner: 'a', addresses: ['10.8.0.1/24', 'fd00:8::1/64'] });
      const toBlue = await compute.plug({ network: blue, owner: 'b' });
      await compute.plug({ network: red, owner: 'b' });
      const address = await mac(toBlue);
      await inTenant(tenant, async (inside) => {
        const { index = 0 } = (await findLink(inside, tenant.interfaceName)) ?? {};
        for (const to of [HOST.ipv4, '10.8.0.1', HOST.ipv6, 'fd00:8::1']) {
          await ensureRoute(inside, { destination: `${to}/${to.includes(':') ? 128 : 32}`, index });
          if (address !== undefined) await ensureNeighbour(inside, { index, address: to, mac: address });
        }
      });
      return { tenant, victim, toBlue };
    };
    const everywhere = (address: string) =>
      greet({ listen: (_network, host, port) => listenTcp({ address: host, port }) }, blue, address, 'the host itself');

    it('no tenant reaches anything of the host: not by that link, not its other addresses, not another tenant', {
      timeout: 120_000,
    }, async () => {
      const { tenant, toBlue } = await attacker(async (plugged) => (await linkOf(plugged)).mac);
      const targets: (readonly [address: string, at: string])[] = [
        [`${toBlue.linkLocal}%${tenant.interfaceName}`, '::'],
        [HOST.ipv6, '::'],
        [HOST.ipv4, '0.0.0.0'],
      ];
      for (const [target, at] of targets) {
        const exposed = await everywhere(at);
        expect(await hear(io, blue, target, exposed.port), target).toMatch(NOTHING);
        expect(exposed.greeted(), target).toBe(0);
        await exposed.stop();
      }
      for (const address of ['10.8.0.1', 'fd00:8::1']) {
        const other = await greet(io, red, address, 'red');
        expect(await hear(io, blue, address, other.port), address).toMatch(NOTHING);
        expect(other.greeted(), address).toBe(0);
        await other.stop();
      }
    });

    it('UDP gets nowhere either, and is answered by no error', async () => {
      const { tenant, toBlue } = await attacker(async (plugged) => (await linkOf(plugged)).mac);
      const heard: string[] = [];
      const server = createSocket('udp6').on('message', (message) => void heard.push(String(message)));
      await new Promise<void>((bound) => server.bind(0, '::', bound));
      const { port } = server.address();
      const script = `
        const socket = require('node:dgram').createSocket('udp6');
        const [port, ...hosts] = process.argv.slice(1);
        for (const host of hosts) socket.send('x', Number(port), host, () => {});
        socket.on('error', () => {});
        setTimeout(() => socket.close(), 500);`;
      const { spawn } = await import('node:child_process');
      const args = ['-e', script, String(port), `${toBlue.linkLocal}%${tenant.interfaceName}`, HOST.ipv6];
      const child = io.runInside(blue, () => spawn(process.execPath, args, { stdio: 'ignore' }));
      await new Promise((closed) => child.once('close', closed));
      server.close();
      expect(heard).toEqual([]);
    });

    it('whoever asks the tenant network for an address of the host hears nothing', async () => {
      await attacker(async () => undefined);
      for (const [address, at] of [
        [HOST.ipv4, '0.0.0.0'],
        [HOST.ipv6, '::'],
      ] as const) {
        const exposed = await everywhere(at);
        expect(await hear(io, blue, address, exposed.port), address).toMatch(NOTHING);
        await exposed.stop();
      }
    });

    it('it is the rules that keep tenants out: without them this test sees the host, and verify says so', async () => {
      const { tenant, toBlue } = await attacker(async (plugged) => (await linkOf(plugged)).mac);
      using here = NetworkNamespace.current();
      const [table] = (await listTables(here)).filter((name) => name.startsWith('iorcl-testcomp-'));
      for (const name of await listTables(here)) writeTable(here, name, []);
      expect(table).toBeDefined();
      const exposed = await everywhere('::');
      expect(await hear(io, blue, `${toBlue.linkLocal}%${tenant.interfaceName}`, exposed.port)).toBe('the host itself');
      await exposed.stop();
      expect((await compute.verify(blue)).join('; ')).toContain(`does not guard ${toBlue.interfaceName}`);
      expect(await compute.repair(blue)).toEqual({ changed: true });
      expect(await compute.verify(blue)).toEqual([]);
    });

    it('leaves the host’s other links alone: what they are, and whom they let in', async () => {
      const { toBlue } = await attacker(async () => undefined);
      const exposed = await everywhere('0.0.0.0');
      expect(await hear(compute, blue, HOST.ipv4, exposed.port)).toBe('the host itself');
      await exposed.stop();
      // What the host's administrator switches on for all links does not become true of this one for long.
      writeFileSync(`/proc/sys/net/ipv6/conf/${toBlue.interfaceName}/accept_ra`, '2');
      expect((await compute.verify(blue)).join('; ')).toContain('accept_ra = 2, should be 0');
      expect(await compute.repair(blue)).toEqual({ changed: true });
    });

    it('H15: stays until its last owner leaves, and then leaves nothing', async () => {
      const before = await traces();
      await compute.plug({ network: blue, owner: 'a' });
      await compute.plug({ network: blue, owner: 'b' });
      expect(await compute.unplug({ network: blue, owner: 'a' })).toEqual({ removed: false });
      expect(await compute.verify(blue)).toEqual([]);
      expect(await compute.unplug({ network: blue, owner: 'b' })).toEqual({ removed: true });
      expect(await traces()).toEqual(before);
    });

    it('a link or a neighbour’s address that goes missing is noticed and made again', async () => {
      const plugged = await compute.plug({ network: blue, owner: 'a' });
      using socket = NetlinkSocket.open();
      const { index } = await linkOf(plugged);
      await changeLink(socket, index, { up: false });
      expect(await compute.verify(blue)).not.toEqual([]);
      expect(await compute.repair(blue)).toEqual({ changed: true });
      expect(await compute.verify(blue)).toEqual([]);
      if (kind === 'ovs' || kind === 'neutron-port') return;
      await deleteLink(socket, (await linkOf(plugged)).index);
      expect(await compute.verify(blue)).not.toEqual([]);
      expect(await compute.repair(blue)).toEqual({ changed: true });
      expect(await compute.verify(blue)).toEqual([]);
    });

    it('H10: a plug that fails anywhere leaves nothing, nor does one that dies anywhere, once it is swept', {
      timeout: 180_000,
    }, async () => {
      const before = await traces();
      const native = binding();
      const real = native.send.bind(native);
      let survived = false;
      for (let steps = 1; !survived && steps < 200; steps += 3) {
        let left = steps;
        const dead = steps % 2 === 1;
        // The kernel is out of reach: of a plug that dies for good, else once.
        vi.spyOn(native, 'send').mockImplementation((...args) => {
          left -= 1;
          return left === 0 || (dead && left < 0) ? -EIO : real(...args);
        });
        survived = await compute.plug({ network: blue, owner: 'a' }).then(
          () => true,
          () => false,
        );
        vi.restoreAllMocks();
        if (survived) break;
        if (dead) {
          await compute.unplug({ network: blue, owner: 'a' });
          await compute.sweep({ dryRun: false });
        }
        expect(await traces(), `after ${steps} messages`).toEqual(before);
      }
      expect(survived).toBe(true);
      await compute.unplug({ network: blue, owner: 'a' });
    });

    it('H15: what nobody owns is swept, the rules too, and only that', async () => {
      const before = await traces();
      const kept = await compute.plug({ network: red, owner: 'a' });
      const orphan = await compute.plug({ network: blue, owner: 'a' });
      const { rmSync } = await import('node:fs');
      for (const name of files(`${fresh.stateDirectory}-compute`)) {
        rmSync(`${fresh.stateDirectory}-compute/${name}/owner-a`, { force: true });
      }
      await compute.plug({ network: red, owner: 'a' });
      const found = await compute.sweep({ dryRun: true });
      expect(found.join('; ')).toContain('nftables table iorcl-testcomp-');
      expect(found.join('; ')).not.toContain(kept.interfaceName);
      expect(await compute.sweep({ dryRun: false })).toEqual(found);
      using socket = NetlinkSocket.open();
      expect(await findLink(socket, orphan.interfaceName)).toBeUndefined();
      expect(await compute.verify(red)).toEqual([]);
      await compute.unplug({ network: red, owner: 'a' });
      expect(await traces()).toEqual(before);
    });

    it('a link of its name that is not ours is left as it is', async () => {
      const { interfaceName } = await compute.plug({ network: blue, owner: 'a' });
      await compute.unplug({ network: blue, owner: 'a' });
      using socket = NetlinkSocket.open();
      await createBridge(socket, { name: interfaceName });
      const failure = await compute.plug({ network: blue, owner: 'a' }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Error);
      expect((await findLink(socket, interfaceName))?.kind).toBe('bridge');
    });

    it('refuses what would open the host: connections from tenants, addresses of their subnets, sockets on every address', async () => {
      expect(() => plugsOf('compute', { place: 'host' })).toThrow('inbound must be refused');
      const addresses = ['10.0.0.5/24'];
      await expect(compute.plug({ network: blue, owner: 'a', addresses })).rejects.toMatchObject({
        code: 'invalid_address',
        message: expect.stringContaining('link-local'),
      });
      await compute.plug({ network: blue, owner: 'a' });
      for (const address of ['::', '0.0.0.0']) {
        expect(() => compute.listen(blue, address, 0)).toThrow(/every address of the host/);
      }
    });

    it.skipIf(kind === 'vlan')(
      'both places may be plugged at a time, by links and addresses of their own',
      async () => {
        const before = await traces();
        const inside = plugsOf('compute', { inbound: 'refused' });
        const one = await compute.plug({ network: blue, owner: 'a' });
        const other = await inside.plug({ network: blue, owner: 'a' });
        expect(other.interfaceName).not.toBe(one.interfaceName);
        expect(other.linkLocal).not.toBe(one.linkLocal);
        expect(await compute.list()).toMatchObject([{ namespace: undefined }]);
        expect(await inside.list()).toMatchObject([{ namespace: other.namespace }]);
        expect([...(await compute.sweep({ dryRun: true })), ...(await inside.sweep({ dryRun: true }))]).toEqual([]);
        await inside.unplug({ network: blue, owner: 'a' });
        expect(await compute.verify(blue)).toEqual([]);
        await compute.unplug({ network: blue, owner: 'a' });
        expect(await traces()).toEqual(before);
      },
    );
  });
}
