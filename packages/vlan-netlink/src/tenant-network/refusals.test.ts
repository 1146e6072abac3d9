import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changeLink } from '../link/change.ts';
import { createBridge } from '../link/kind/bridge.ts';
import { createVeth } from '../link/kind/veth.ts';
import { createVlan } from '../link/kind/vlan.ts';
import { findLink } from '../link/query.ts';
import { isKernelError } from '../socket/kernel-error.ts';
import { NetlinkSocket } from '../socket/netlink-socket.ts';
import { enterFreshNamespace, type FreshNamespace, whyNoNamespaces } from '../testing/index.ts';
import type { PlugTarget, TenantNetwork, TenantNetworkPlugs } from './contract.ts';
import { networkIdentity } from './identity.ts';
import { createTenantNetworkPlugs } from './plugs.ts';
import { TenantNetworkError } from './tenant-network-error.ts';

const reason = whyNoNamespaces();
const network: TenantNetwork = {
  networkId: '0a1b2c3d-4e5f-4000-8000-000000000000',
  type: 'vlan',
  physicalNetwork: 'physnet1',
  segmentationId: 100,
};

describe.skipIf(reason !== undefined)(`refusals${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  let fresh: FreshNamespace;
  beforeEach(async () => {
    fresh = await enterFreshNamespace();
  });
  afterEach(() => fresh.leave());

  const plugsTo = (target: PlugTarget): TenantNetworkPlugs => {
    const { namespaceDirectory, stateDirectory } = fresh;
    const targets = { physnet1: target, physnet9: target };
    return createTenantNetworkPlugs({ site: 's1', host: 'io-1', targets, namespaceDirectory, stateDirectory });
  };
  const nothingMade = (): void => {
    for (const directory of [fresh.namespaceDirectory, fresh.stateDirectory]) {
      expect(existsSync(directory) ? readdirSync(directory) : []).toEqual([]);
    }
  };

  it.each([
    [
      'H13',
      { type: 'vxlan', physicalNetwork: undefined },
      'network_type_unsupported',
      'type is "vxlan", which is not supported by plug kind bridge',
    ],
    ['H13', { type: 'flat', segmentationId: undefined }, 'network_type_unsupported', 'type is "flat"'],
    ['H13', { type: 'local' }, 'network_type_unsupported', 'type is "local"'],
    ['H13', { segmentationId: undefined }, 'segmentation_id_invalid', 'it has no segmentation id'],
    ['H13', { segmentationId: 4095 }, 'segmentation_id_invalid', 'segmentation id 4095'],
    [
      'H16',
      { physicalNetwork: 'physnet2' },
      'physical_network_unknown',
      'physical network "physnet2" has no way configured; configured are "physnet1", "physnet9"',
    ],
    ['H16', { physicalNetwork: 'toString' }, 'physical_network_unknown', 'physical network "toString"'],
  ])('%s: network with %o is refused (%s), with nothing made', async (_id, fields, code, message) => {
    const plugs = plugsTo({ kind: 'bridge' });
    const refused = { ...network, ...fields };
    await expect(plugs.plug({ network: refused, owner: 'a' })).rejects.toMatchObject({
      code,
      retryable: false,
      message: expect.stringContaining(message),
    });
    expect(await plugs.unplug({ network: refused, owner: 'a' })).toEqual({ removed: false });
    nothingMade();
  });

  it.each(['', 'a/b', 'ü', 'x'.repeat(65)])('refuses the owner "%s"', async (owner) => {
    await expect(plugsTo({ kind: 'bridge' }).plug({ network, owner })).rejects.toMatchObject({ code: 'invalid_owner' });
  });

  it.each([
    { site: '' },
    { site: 'ninechars' },
    { site: 'S1' },
    { host: '' },
    { targets: { p: { kind: 'vlan', device: 'a name that is too long' } as const } },
  ])('refuses the options %o', (options) => {
    const good = { site: 's1', host: 'h', targets: {} };
    expect(() => createTenantNetworkPlugs({ ...good, ...options })).toThrow(/site|host|cannot be the name/);
  });

  describe('of networks that Neutron connects', () => {
    const target: PlugTarget = { kind: 'neutron-port', bridge: 'br-int', ovsdb: 'unix:/nonexistent/db.sock' };
    const port = { id: '7d5c6a0e-0000-4000-8000-000000000001', macAddress: 'fa:16:3e:00:00:01' };

    it.each([
      ['vxlan', undefined, 70_000],
      ['gre', undefined, 5],
      ['geneve', undefined, 0xff_ffff],
      ['flat', 'physnet1', undefined],
      ['vlan', 'physnet1', 100],
    ])('H13 B13: type %s is taken, by way of a Neutron port only', async (type, physicalNetwork, segmentationId) => {
      const wanted = { networkId: network.networkId, type, physicalNetwork, segmentationId };
      const { namespaceDirectory, stateDirectory } = fresh;
      const targets = { '*': target };
      const plugs = createTenantNetworkPlugs({ site: 's1', host: 'h', targets, namespaceDirectory, stateDirectory });
      await expect(plugs.plug({ network: wanted, owner: 'a' })).rejects.toMatchObject({ code: 'port_required' });
      const badPort = { ...port, macAddress: 'FA-16-3E' };
      await expect(plugs.plug({ network: wanted, owner: 'a', port: badPort })).rejects.toMatchObject({
        code: 'port_required',
      });
      // Everything about the network is fine; it is the switch that does not answer.
      await expect(plugs.plug({ network: wanted, owner: 'a', port })).rejects.toMatchObject({ code: 'plug_failed' });
      expect(await plugs.verify(wanted)).toEqual([`network ${network.networkId} is not plugged`]);
      nothingMade();
    });

    it.each([
      ['vxlan', undefined, 0, 'segmentation_id_invalid'],
      ['vxlan', undefined, 0x100_0000, 'segmentation_id_invalid'],
      ['geneve', undefined, undefined, 'segmentation_id_invalid'],
      ['flat', undefined, undefined, 'physical_network_unknown'],
      ['local', undefined, undefined, 'network_type_unsupported'],
      ['toString', undefined, 1, 'network_type_unsupported'],
    ])('H13: type %s on %s with id %s is refused (%s)', async (type, physicalNetwork, segmentationId, code) => {
      const { namespaceDirectory, stateDirectory } = fresh;
      const targets = { '*': target };
      const plugs = createTenantNetworkPlugs({ site: 's1', host: 'h', targets, namespaceDirectory, stateDirectory });
      const wanted = { networkId: network.networkId, type, physicalNetwork, segmentationId };
      await expect(plugs.plug({ network: wanted, owner: 'a', port })).rejects.toMatchObject({ code });
      nothingMade();
    });

    it('"*" leads to nowhere else than to Neutron', () => {
      expect(() => createTenantNetworkPlugs({ site: 's1', host: 'h', targets: { '*': { kind: 'bridge' } } })).toThrow(
        /only neutron-port leads to networks of any type/,
      );
    });
  });

  it('refuses a bridge that does not filter VLANs: its tenants would hear each other', async () => {
    using socket = NetlinkSocket.open();
    await createBridge(socket, { name: 'vbr', up: true });
    const plug = plugsTo({ kind: 'vlan-bridge', bridge: 'vbr' }).plug({ network, owner: 'a' });
    await expect(plug).rejects.toMatchObject({
      code: 'bridge_not_vlan_aware',
      message: expect.stringContaining('vlan_filtering 1'),
    });
    await expect(plugsTo({ kind: 'vlan-bridge', bridge: 'nope' }).plug({ network, owner: 'a' })).rejects.toMatchObject({
      code: 'bridge_missing',
    });
    nothingMade();
  });

  it('names the missing bridge, and who should make it', async () => {
    await expect(plugsTo({ kind: 'bridge' }).plug({ network, owner: 'a' })).rejects.toMatchObject({
      code: 'bridge_missing',
      message: expect.stringMatching(/bridge brq0a1b2c3d-4e is not on this host; Neutron's Linux bridge agent/),
    });
    nothingMade();
  });

  it('names the device that is missing or down', async () => {
    const plugs = plugsTo({ kind: 'vlan', device: 'eth7' });
    await expect(plugs.plug({ network, owner: 'a' })).rejects.toThrow(/its device eth7 is not on this host/);
    using socket = NetlinkSocket.open();
    await createVeth(socket, { name: 'eth7', peer: { name: 'b' } });
    await expect(plugs.plug({ network, owner: 'a' })).rejects.toThrow(/its device eth7 is down/);
    nothingMade();
  });

  it('explains a kernel without 802.1Q links, or a VLAN that somebody else has', async () => {
    using socket = NetlinkSocket.open();
    await createVeth(socket, { name: 'eth7', peer: { name: 'b' } });
    const device = (await findLink(socket, 'eth7'))?.index ?? 0;
    await changeLink(socket, device, { up: true });
    const refused = await createVlan(socket, { name: 'theirs', device, vlanId: 100 }).then(
      () => undefined,
      (error: unknown) => error,
    );
    const plug = plugsTo({ kind: 'vlan', device: 'eth7' }).plug({ network, owner: 'a' });
    if (isKernelError(refused, 'EOPNOTSUPP')) {
      await expect(plug).rejects.toMatchObject({
        code: 'kernel_lacks_8021q',
        message: expect.stringContaining('module 8021q'),
      });
    } else {
      expect(refused).toBeUndefined();
      await expect(plug).rejects.toMatchObject({ code: 'vlan_taken', message: expect.stringContaining('eth7') });
      expect(await findLink(socket, 'theirs')).toBeDefined();
    }
    nothingMade();
  });

  it('names the switch that does not answer', async () => {
    const plugs = plugsTo({ kind: 'ovs', bridge: 'br-ex', ovsdb: 'unix:/nonexistent/db.sock' });
    await expect(plugs.plug({ network, owner: 'a' })).rejects.toMatchObject({
      code: 'plug_failed',
      retryable: true,
      message: expect.stringContaining('unix:/nonexistent/db.sock'),
    });
    nothingMade();
  });

  it('leaves alone a link of somebody else that has the name which it needs', async () => {
    using socket = NetlinkSocket.open();
    await createBridge(socket, { name: 'brq0a1b2c3d-4e', up: true });
    const { port } = networkIdentity('s1', 'io-1', { physicalNetwork: 'physnet1', vlanId: 100 });
    await createVeth(socket, { name: port, peer: { name: 'b' } });
    const plugs = plugsTo({ kind: 'bridge' });
    await expect(plugs.plug({ network, owner: 'a' })).rejects.toMatchObject({ code: 'name_taken' });
    await plugs.unplug({ network, owner: 'a' });
    await plugs.sweep({ dryRun: false });
    expect(await findLink(socket, port)).toBeDefined();
    nothingMade();
  });

  it('makes nothing when it is aborted before', async () => {
    const plug = plugsTo({ kind: 'bridge' }).plug({ network, owner: 'a', signal: AbortSignal.abort() });
    await expect(plug).rejects.toMatchObject({ name: 'AbortError' });
    nothingMade();
  });

  it('listens and runs only inside a network that is plugged', () => {
    const plugs = plugsTo({ kind: 'bridge' });
    expect(() => plugs.listen(network, 'fe80::1', 0)).toThrow(/is not plugged on this host/);
    expect(() => plugs.runInside(network, () => 0)).toThrow(/is not plugged on this host/);
  });

  it('unplugs although the switch of another physical network does not answer', async () => {
    using socket = NetlinkSocket.open();
    await createBridge(socket, { name: 'brq0a1b2c3d-4e', up: true });
    const { namespaceDirectory, stateDirectory } = fresh;
    const plugs = createTenantNetworkPlugs({
      site: 's1',
      host: 'io-1',
      targets: { physnet1: { kind: 'bridge' }, physnet2: { kind: 'ovs', bridge: 'b', ovsdb: 'unix:/nonexistent' } },
      namespaceDirectory,
      stateDirectory,
    });
    await plugs.plug({ network, owner: 'a' });
    expect(await plugs.unplug({ network, owner: 'a' })).toEqual({ removed: true });
    nothingMade();
  });

  it('plugs anew when the configuration names another kind of target for the physical network', async ({ skip }) => {
    using socket = NetlinkSocket.open();
    await createBridge(socket, { name: 'brq0a1b2c3d-4e', up: true });
    await plugsTo({ kind: 'bridge' }).plug({ network, owner: 'a' });
    await createVeth(socket, { name: 'eth7', peer: { name: 'b' } });
    await changeLink(socket, (await findLink(socket, 'eth7'))?.index ?? 0, { up: true });
    const plugs = plugsTo({ kind: 'vlan', device: 'eth7' });
    const error = await plugs.plug({ network, owner: 'a' }).catch((reason: unknown) => reason);
    if (error instanceof TenantNetworkError && error.code === 'kernel_lacks_8021q') {
      await plugs.unplug({ network, owner: 'a' });
      nothingMade();
      skip('this kernel has no 802.1Q links');
    }
    expect(await plugs.verify(network)).toEqual([]);
    const { port } = networkIdentity('s1', 'io-1', { physicalNetwork: 'physnet1', vlanId: 100 });
    expect(await findLink(socket, port)).toBeUndefined();
    await plugs.unplug({ network, owner: 'a' });
    nothingMade();
  });

  it('takes owners that are strange file names, and names a damaged record', async () => {
    using socket = NetlinkSocket.open();
    await createBridge(socket, { name: 'brq0a1b2c3d-4e', up: true });
    const plugs = plugsTo({ kind: 'bridge' });
    for (const owner of ['.', '..', 'network.json']) await plugs.plug({ network, owner });
    const [plugged] = await plugs.list();
    expect(plugged?.owners).toEqual(['.', '..', 'network.json']);
    const record = `${fresh.stateDirectory}/${plugged?.namespace}/network.json`;
    writeFileSync(record, '{"network":');
    await expect(plugs.list()).rejects.toMatchObject({
      code: 'state_damaged',
      message: expect.stringContaining(record),
    });
    rmSync(record);
    await plugs.plug({ network, owner: '.' });
    expect(await plugs.list()).toHaveLength(1);
    for (const owner of ['.', '..', 'network.json']) await plugs.unplug({ network, owner });
    nothingMade();
  });
});
