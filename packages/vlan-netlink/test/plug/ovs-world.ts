import { setTimeout as sleep } from 'node:timers/promises';
import { textOf } from '../../src/open-vswitch/ovsdb-value.ts';
import { startSwitch, whyNoOvs } from '../open-vswitch/real-switch.ts';
import { type PhysicalWorldMaker, physnet1, physnet2 } from './physical-world.ts';

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
        await client.transact([{ op: 'update', table: 'Open_vSwitch', where: [], row: { bridges: ['set', []] } }]);
        await sleep(300);
      },
      stop,
    };
  },
};
