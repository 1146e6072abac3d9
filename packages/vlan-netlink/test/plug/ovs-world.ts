import { expect, vi } from 'vitest';
import { listLinks, NetlinkSocket, type OvsdbClient, type OvsdbOperation } from '../../src/index.ts';
import { textOf } from '../../src/open-vswitch/ovsdb-value.ts';
import { type RealSwitch, startSwitch, whyNoKernelDatapath, whyNoOvs } from '../open-vswitch/real-switch.ts';
import { type PhysicalWorld, type PhysicalWorldMaker, physnet1, physnet2 } from './physical-world.ts';

async function links(): Promise<string[]> {
  using socket = NetlinkSocket.open();
  return (await listLinks(socket)).map(({ name }) => name);
}

export async function portNames(client: OvsdbClient): Promise<string[]> {
  const [ports] = await client.transact([{ op: 'select', table: 'Port', where: [], columns: ['name'] }]);
  return (ports?.rows ?? []).map((row) => textOf(row, 'name')).sort();
}

/** A bridge per physical network, of a switch that both hosts share. */
export function ovsWorldOf({ ovsdb, client, stop }: RealSwitch, port?: 'veth'): PhysicalWorld {
  const kind = { kind: 'ovs', ovsdb, ...(port !== undefined && { port }) } as const;
  return {
    targets: () => ({ [physnet1]: { ...kind, bridge: 'br-p1' }, [physnet2]: { ...kind, bridge: 'br-p2' } }),
    addNetwork: async () => undefined,
    switchPorts: () => portNames(client),
    breakIt: async () => {
      const none: OvsdbOperation = { op: 'update', table: 'Open_vSwitch', where: [], row: { bridges: ['set', []] } };
      await client.transact([none]);
      const gone = ['br-p1', 'br-p2', 'ovs-netdev', 'ovs-system'];
      const left = async (): Promise<string[]> => (await links()).filter((name) => gone.includes(name));
      await vi.waitFor(async () => expect(await left()).toEqual([]), { timeout: 10_000 });
    },
    stop,
  };
}

export const ovsWorld: PhysicalWorldMaker = {
  kind: 'ovs',
  whyNot: whyNoOvs,
  make: async () => ovsWorldOf(await startSwitch()),
};

/** A userspace datapath takes frames from a veth before their checksums are made: TCP needs the kernel's. */
export const ovsVethWorld: PhysicalWorldMaker = {
  kind: 'ovs',
  variant: ' with a veth pair',
  whyNot: await whyNoKernelDatapath(),
  make: async () => ovsWorldOf(await startSwitch({ datapath: 'system' }), 'veth'),
};
