import { existsSync, readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBridge } from '../link/kind/bridge.ts';
import { findLink, listLinks } from '../link/query.ts';
import { NetlinkSocket } from '../socket/netlink-socket.ts';
import { enterFreshNamespace, type FreshNamespace, whyNoNamespaces } from '../testing/fresh-namespace.ts';
import type { TenantNetwork, TenantNetworkPlugs } from './contract.ts';
import { createTenantNetworkPlugs } from './plugs.ts';
import { bridgeName } from './target/bridge.ts';

const blue: TenantNetwork = {
  networkId: 'b1ue0000-0000-4000-8000-000000000001',
  type: 'vlan',
  physicalNetwork: 'physnet1',
  segmentationId: 100,
};

async function makeBridge(network: TenantNetwork): Promise<void> {
  using socket = NetlinkSocket.open();
  await createBridge(socket, { name: bridgeName(network.networkId), up: true });
}

async function linkNames(): Promise<string[]> {
  using socket = NetlinkSocket.open();
  return (await listLinks(socket)).map(({ name }) => name).sort();
}

const reason = whyNoNamespaces();

describe.skipIf(reason !== undefined)(`a plug of kind bridge${reason === undefined ? '' : ` (${reason})`}`, () => {
  let fresh: FreshNamespace;
  let plugs: TenantNetworkPlugs;
  beforeEach(async () => {
    fresh = await enterFreshNamespace();
    const { namespaceDirectory, stateDirectory } = fresh;
    plugs = createTenantNetworkPlugs({
      site: 't1',
      host: 'io-1',
      targets: { physnet1: { kind: 'bridge' }, physnet2: { kind: 'bridge' } },
      namespaceDirectory,
      stateDirectory,
    });
    await makeBridge(blue);
  });
  afterEach(() => fresh.leave());

  it('given a bridge, makes a namespace with an addressed link that is a port of the bridge', async () => {
    const plugged = await plugs.plug({ network: blue, owner: 'a' });
    expect(plugged).toMatchObject({ changed: true, owners: ['a'], network: blue });
    expect(plugged.linkLocal).toMatch(/^fe80::2/);
    expect(await plugs.verify(blue)).toEqual([]);
    expect(await plugs.list()).toEqual([{ ...plugged, changed: false }]);
    expect(await plugs.plug({ network: blue, owner: 'a' })).toEqual({ ...plugged, changed: false });
    using socket = NetlinkSocket.open();
    const bridge = await findLink(socket, bridgeName(blue.networkId));
    expect((await listLinks(socket)).filter(({ master }) => master === bridge?.index)).toHaveLength(1);
  });

  it('H15: given two owners, keeps the network until the last one leaves, and then leaves nothing', async () => {
    const before = await linkNames();
    await plugs.plug({ network: blue, owner: 'a' });
    await plugs.plug({ network: blue, owner: 'b' });
    expect(await plugs.unplug({ network: blue, owner: 'a' })).toEqual({ removed: false });
    expect(await plugs.verify(blue)).toEqual([]);
    expect(await plugs.unplug({ network: blue, owner: 'nobody' })).toEqual({ removed: false });
    expect(await plugs.unplug({ network: blue, owner: 'b' })).toEqual({ removed: true });
    expect(await linkNames()).toEqual(before);
    expect(readdirSync(fresh.namespaceDirectory)).toEqual([]);
    expect(existsSync(fresh.stateDirectory) ? readdirSync(fresh.stateDirectory) : []).toEqual([]);
    expect(await plugs.unplug({ network: blue, owner: 'b' })).toEqual({ removed: false });
  });
});
