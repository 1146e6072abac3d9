import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  addPort,
  bridgeOfPort,
  createTenantNetworkPlugs,
  deletePort,
  findLink,
  findPorts,
  listBridges,
  NetlinkSocket,
  OvsdbClient,
} from '../../src/index.ts';
import { enterFreshNamespace, type FreshNamespace } from '../../src/testing/index.ts';
import { greet, hear } from '../plug/conversation.ts';
import { physnet1, vlanNetwork } from '../plug/physical-world.ts';
import { type RealSwitch, startSwitch, whyNoOvs } from './real-switch.ts';

const title = `a real Open vSwitch${whyNoOvs === undefined ? '' : ` (skipped: ${whyNoOvs})`}`;

describe.skipIf(whyNoOvs !== undefined)(title, () => {
  let fresh: FreshNamespace;
  let real: RealSwitch;
  beforeEach(async () => {
    fresh = await enterFreshNamespace();
    real = await startSwitch();
  });
  afterEach(async () => {
    await real.stop();
    fresh.leave();
  });

  const mark = { 'iorcl-site': 'test', 'iorcl-network': '0123456789ab' };

  it('gets an internal port with tag and external_ids, whose link is there when the call answers', async () => {
    const { client } = real;
    expect((await listBridges(client)).sort()).toEqual(['br-p1', 'br-p2']);
    const added = await addPort(client, { bridge: 'br-p1', name: 'p0', tag: 100, externalIds: mark });
    expect(added).toEqual({ ok: true, openFlowPort: expect.any(Number) });
    using socket = NetlinkSocket.open();
    expect(await findLink(socket, 'p0')).toBeDefined();
    const [port, ...more] = await findPorts(client, mark);
    expect(port).toMatchObject({ name: 'p0', tag: 100, externalIds: mark });
    expect(more).toEqual([]);
    expect(await findPorts(client, { 'iorcl-site': 'other' })).toEqual([]);
    expect(await bridgeOfPort(client, port?.uuid ?? '')).toBe('br-p1');
    await deletePort(client, port?.uuid ?? '');
    expect(await findLink(socket, 'p0')).toBeUndefined();
    await deletePort(client, port?.uuid ?? '');
  });

  it('is talked to over TCP as over its unix socket', async () => {
    using client = await OvsdbClient.connect(real.ovsdbOverTcp);
    expect(await addPort(client, { bridge: 'br-p2', name: 'p0', trunks: [7, 8], externalIds: mark })).toMatchObject({
      ok: true,
    });
    expect(await findPorts(real.client, mark)).toMatchObject([{ name: 'p0', trunks: [7, 8] }]);
  });

  it('refuses a port on a missing bridge, or with a name that is taken, and is as before', async () => {
    const { client } = real;
    const port = { bridge: 'nonexistent', name: 'p0', tag: 100, externalIds: mark };
    expect(await addPort(client, port)).toMatchObject({ ok: false, reason: 'bridge_missing' });
    expect(await findPorts(client, mark)).toEqual([]);
    expect(await addPort(client, { ...port, bridge: 'br-p1', name: 'br-p2' })).toMatchObject({
      ok: false,
      reason: 'name_taken',
      error: { code: 'ovsdb_refused', serverError: 'constraint violation' },
    });
    expect(await addPort(client, { ...port, bridge: 'br-p1', name: 'no-such-link', type: 'system' })).toMatchObject({
      ok: false,
      reason: 'interface_failed',
      error: { message: expect.stringContaining('no-such-link') },
    });
    expect(await findPorts(client, mark)).toEqual([]);
  });

  /** When the database has the port, and the switch has not. */
  async function requested(client: RealSwitch['client'], where: Readonly<Record<string, string>>): Promise<void> {
    await expect.poll(async () => (await findPorts(client, where)).length, { timeout: 20_000 }).toBe(1);
  }

  it('has no port left of a wait for its number that was aborted, or that took too long', async () => {
    const { client } = real;
    const port = { bridge: 'br-p1', name: 'p0', tag: 100, externalIds: mark };
    real.freeze();
    const abort = new AbortController();
    const added = addPort(client, port, { signal: abort.signal }).catch((error: unknown) => error);
    await requested(client, mark);
    abort.abort(new Error('enough'));
    expect(await added).toMatchObject({ message: 'enough' });
    expect(await findPorts(client, mark)).toEqual([]);
    await expect(addPort(client, port, { applyTimeoutMs: 100 })).rejects.toMatchObject({
      code: 'ovsdb_timeout',
      message: expect.stringContaining('is ovs-vswitchd running?'),
    });
    expect(await findPorts(client, mark)).toEqual([]);
    real.thaw();
    expect(await addPort(client, port)).toMatchObject({ ok: true });
  });

  it('H10 H15: is left with nothing by a plug that is aborted while it waits for the switch', async () => {
    const { client, ovsdb } = real;
    const { namespaceDirectory, stateDirectory } = fresh;
    const plugs = createTenantNetworkPlugs({
      site: 'io',
      host: 'io',
      targets: { [physnet1]: { kind: 'ovs', bridge: 'br-p1', ovsdb } },
      namespaceDirectory,
      stateDirectory,
    });
    const network = vlanNetwork(physnet1, 100);
    real.freeze();
    const abort = new AbortController();
    const plugged = plugs.plug({ network, owner: 'a', signal: abort.signal }).catch((error: unknown) => error);
    await requested(client, { 'iorcl-site': 'io' });
    abort.abort(new Error('enough'));
    expect(await plugged).toMatchObject({ message: 'enough' });
    expect(await findPorts(client, { 'iorcl-site': 'io' })).toEqual([]);
    expect(readdirSync(namespaceDirectory)).toEqual([]);
    expect(await plugs.list()).toEqual([]);
    real.thaw();
    await plugs.plug({ network, owner: 'a' });
    expect(await plugs.verify(network)).toEqual([]);
    expect(await plugs.unplug({ network, owner: 'a' })).toEqual({ removed: true });
  });

  it('H15: gets its plugs repaired after it was restarted and serves other links', async () => {
    const { ovsdb } = real;
    const { namespaceDirectory, stateDirectory } = fresh;
    const plugsOf = (site: string) =>
      createTenantNetworkPlugs({
        site,
        host: site,
        targets: { [physnet1]: { kind: 'ovs', bridge: 'br-p1', ovsdb } },
        namespaceDirectory,
        stateDirectory: `${stateDirectory}-${site}`,
      });
    const [io, compute] = [plugsOf('io'), plugsOf('compute')];
    const network = vlanNetwork(physnet1, 100);
    const { linkLocal } = await io.plug({ network, owner: 'a' });
    const { interfaceName } = await compute.plug({ network, owner: 'a' });
    await real.restart();
    expect((await io.verify(network)).join('; ')).toContain('the switch does not serve the link');
    for (const plugs of [io, compute]) {
      await plugs.plug({ network, owner: 'a' });
      expect(await plugs.verify(network)).toEqual([]);
    }
    const greeter = await greet(io, network, linkLocal, 'again');
    expect(await hear(compute, network, `${linkLocal}%${interfaceName}`, greeter.port)).toBe('again');
    await greeter.stop();
    for (const plugs of [io, compute]) await plugs.unplug({ network, owner: 'a' });
    expect(await findPorts(real.client, {})).toHaveLength(2);
  });
});
