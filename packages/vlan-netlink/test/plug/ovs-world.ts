import { expect, vi } from 'vitest';
import { listLinks, NetlinkSocket, type OvsdbOperation } from '../../src/index.ts';
import { textOf } from '../../src/open-vswitch/ovsdb-value.ts';
import { startSwitch, whyNoOvs } from '../open-vswitch/real-switch.ts';
import { type PhysicalWorldMaker, physnet1, physnet2 } from './physical-world.ts';

async function links(): Promise<string[]> {
  using socket = NetlinkSocket.open();
  return (await listLinks(socket)).map(({ name }) => name);
}

/** A bridge per physical network, of a switch that both hosts share. */
export const ovsWorld: PhysicalWorldMaker = {
  kind: 'ovs',
  whyNot: whyNoOvs,
  make: async () => {
    const { ovsdb, client, stop } = await startSwitch();
    return {
      targets: () => ({
        [physnet1]: { kind: 'ovs', bridge: 'br-p1', ovsdb },
        [physnet2]: { kind: 'ovs', bridge: 'br-p2', ovsdb },
      }),
      addNetwork: async () => undefined,
      switchPorts: async () => {
        const [ports] = await client.transact([{ op: 'select', table: 'Port', where: [], columns: ['name'] }]);
        return (ports?.rows ?? []).map((row) => textOf(row, 'name')).sort();
      },
      breakIt: async () => {
        const noBridges: OvsdbOperation = {
          op: 'update',
          table: 'Open_vSwitch',
          where: [],
          row: { bridges: ['set', []] },
        };
        await client.transact([noBridges]);
        await vi.waitFor(async () => expect(await links()).not.toContain('br-p2'), { timeout: 10_000 });
      },
      stop,
    };
  },
};
