import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  addPort,
  changeLink,
  createTenantNetworkPlugs,
  createVeth,
  createVlan,
  ensureAddress,
  findLink,
  findPorts,
  isKernelError,
  type KernelTenantNetworkPlugs,
  type Link,
  NetlinkSocket,
} from '../../src/index.ts';
import { enterFreshNamespace, type FreshNamespace } from '../../src/testing/index.ts';
import { greet, hear } from '../plug/conversation.ts';
import { physnet1, vlanNetwork } from '../plug/physical-world.ts';
import { type RealSwitch, startSwitch, whyNoKernelDatapath } from './real-switch.ts';

const whyNot = await whyNoKernelDatapath();

/**
 * The cable that leaves the switch is a veth pair, at whose far end only frames with an 802.1Q tag of 100 or 101 are
 * taken: by the kernel's own VLAN links. What they hear was tagged so on the wire.
 */
describe('frames on the wire of a real Open vSwitch', () => {
  let fresh: FreshNamespace;
  let real: RealSwitch;
  let io: KernelTenantNetworkPlugs;
  beforeEach(async ({ skip }) => {
    if (whyNot !== undefined) skip(whyNot);
    fresh = await enterFreshNamespace();
    real = await startSwitch({ datapath: 'system' });
    const { namespaceDirectory, stateDirectory } = fresh;
    const targets = { [physnet1]: { kind: 'ovs', bridge: 'br-p1', ovsdb: real.ovsdb } } as const;
    io = createTenantNetworkPlugs({ site: 'wire', host: 'io-1', targets, namespaceDirectory, stateDirectory });
  });
  afterEach(async () => {
    if (whyNot !== undefined) return;
    await real.stop();
    fresh.leave();
  });

  const upLink = async (socket: NetlinkSocket, name: string): Promise<Link> => {
    const link = await findLink(socket, name);
    if (link === undefined) throw new Error(`no link ${name}`);
    await changeLink(socket, link.index, { up: true });
    return link;
  };

  it('have the tag of the tenant network, pass a trunk of that VLAN, and no trunk without it', async ({ skip }) => {
    using socket = NetlinkSocket.open();
    await createVeth(socket, { name: 'trunk', peer: { name: 'cable' } });
    await upLink(socket, 'trunk');
    const { index: cable } = await upLink(socket, 'cable');
    const network = vlanNetwork(physnet1, 100);
    try {
      await createVlan(socket, { name: 'tagged100', device: cable, vlanId: 100 });
      await createVlan(socket, { name: 'tagged101', device: cable, vlanId: 101 });
    } catch (error) {
      if (isKernelError(error, 'EOPNOTSUPP')) skip('this kernel has no 802.1Q links');
      throw error;
    }
    const tagged100 = await upLink(socket, 'tagged100');
    const tagged101 = await upLink(socket, 'tagged101');
    await ensureAddress(socket, { index: tagged100.index, address: '10.0.0.2', prefixLength: 24 });
    const mark = { test: 'wire' };
    const added = await addPort(real.client, {
      bridge: 'br-p1',
      name: 'trunk',
      type: 'system',
      trunks: [100],
      externalIds: mark,
    });
    expect(added).toMatchObject({ ok: true });
    expect(await findPorts(real.client, mark)).toMatchObject([{ name: 'trunk', tag: undefined, trunks: [100] }]);

    await io.plug({ network, owner: 'a', addresses: ['10.0.0.1/24'] });
    const greeter = await greet(io, network, '10.0.0.1', 'tagged 100');
    // From here, where the cable's far end is.
    const outside = { runInside: <T>(_network: unknown, action: () => T): T => action() };
    expect(await hear(outside, network, '10.0.0.1', greeter.port)).toBe('tagged 100');

    await changeLink(socket, tagged100.index, { up: false });
    await ensureAddress(socket, { index: tagged101.index, address: '10.0.0.3', prefixLength: 24 });
    expect(await hear(outside, network, '10.0.0.1', greeter.port)).toMatch(/ETIMEDOUT|EHOSTUNREACH/);
    await changeLink(socket, tagged101.index, { up: false });
    await changeLink(socket, tagged100.index, { up: true });
    expect(await hear(outside, network, '10.0.0.1', greeter.port)).toBe('tagged 100');
    expect(greeter.greeted()).toBe(2);
    await greeter.stop();
    await io.unplug({ network, owner: 'a' });
  });
});
