import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
import { type RealSwitch, startSwitch, whyNoKernelDatapath, whyNoOvs } from './real-switch.ts';

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

/** Frames of a capture file (pcap, https://ietf-opsawg-wg.github.io/draft-ietf-opsawg-pcap/draft-ietf-opsawg-pcap.html). */
function framesOf(path: string): Buffer[] {
  const bytes = readFileSync(path);
  const frames: Buffer[] = [];
  for (let offset = 24; offset + 16 <= bytes.length; ) {
    const length = bytes.readUInt32LE(offset + 8);
    frames.push(bytes.subarray(offset + 16, offset + 16 + length));
    offset += 16 + length;
  }
  return frames;
}

/** 802.1Q tag and ARP sender of a frame that has both. */
function announcement(frame: Buffer): string | undefined {
  const tag = frame.readUInt16BE(12) === 0x8100 ? frame.readUInt16BE(14) & 0xfff : 'none';
  const start = tag === 'none' ? 12 : 16;
  if (frame.readUInt16BE(start) !== 0x0806) return undefined;
  return `tag ${tag} from ${frame.subarray(start + 2 + 14, start + 2 + 18).join('.')}`;
}

/** Its userspace datapath, at a port that writes what it sends to a file: the bytes are those on the wire. */
describe('frames that leave the userspace datapath of a real Open vSwitch', () => {
  let fresh: FreshNamespace;
  let real: RealSwitch;
  let directory: string;
  beforeEach(async ({ skip }) => {
    if (whyNoOvs !== undefined) skip(whyNoOvs);
    fresh = await enterFreshNamespace();
    directory = mkdtempSync(join(tmpdir(), 'wire-'));
    real = await startSwitch({ dummies: true });
  });
  afterEach(async () => {
    if (whyNoOvs !== undefined) return;
    await real.stop();
    rmSync(directory, { recursive: true, force: true });
    fresh.leave();
  });

  /** A port with a wire behind it. */
  async function addWire(name: string, columns: Readonly<Record<string, number>>): Promise<string> {
    const file = join(directory, name);
    await real.client.transact([
      {
        op: 'insert',
        table: 'Interface',
        'uuid-name': 'i',
        row: { name, type: 'dummy', options: ['map', [['tx_pcap', file]]] },
      },
      { op: 'insert', table: 'Port', 'uuid-name': 'p', row: { name, interfaces: ['named-uuid', 'i'], ...columns } },
      {
        op: 'mutate',
        table: 'Bridge',
        where: [['name', '==', 'br-p1']],
        mutations: [['ports', 'insert', ['set', [['named-uuid', 'p']]]]],
      },
    ]);
    const columnsOf = { table: 'Interface', where: [['name', '==', name]], columns: ['ofport'] };
    await real.client.transact([
      { op: 'wait', timeout: 10_000, ...columnsOf, until: '!=', rows: [{ ofport: ['set', []] }] },
    ]);
    return file;
  }

  it('are tagged with the VLAN of their tenant network, each in its own', async () => {
    const trunk = await addWire('trunk', {});
    const access100 = await addWire('access100', { tag: 100 });
    const { namespaceDirectory, stateDirectory } = fresh;
    const targets = { [physnet1]: { kind: 'ovs', bridge: 'br-p1', ovsdb: real.ovsdb } } as const;
    const plugs = createTenantNetworkPlugs({
      site: 'wire',
      host: 'io-1',
      targets,
      namespaceDirectory,
      stateDirectory,
    });
    // Both announce their addresses by gratuitous ARP.
    await plugs.plug({ network: vlanNetwork(physnet1, 100), owner: 'a', addresses: ['10.0.0.1/24'] });
    await plugs.plug({ network: vlanNetwork(physnet1, 101), owner: 'a', addresses: ['10.0.0.2/24'] });
    const seenAt = (file: string): string[] => {
      const seen = framesOf(file).flatMap((frame) => announcement(frame) ?? []);
      return [...new Set(seen)].sort();
    };
    await expect
      .poll(() => seenAt(trunk), { timeout: 20_000 })
      .toEqual(['tag 100 from 10.0.0.1', 'tag 101 from 10.0.0.2']);
    expect(seenAt(access100)).toEqual(['tag none from 10.0.0.1']);
    for (const id of [100, 101]) await plugs.unplug({ network: vlanNetwork(physnet1, id), owner: 'a' });
  });
});
