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
