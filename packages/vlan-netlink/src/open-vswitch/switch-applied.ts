import type { OvsdbClient, OvsdbOperation } from './ovsdb-client.ts';
import { OvsdbError } from './ovsdb-error.ts';
import { numberOf } from './ovsdb-value.ts';

/** Of a transaction: makes ovs-vswitchd say when it has done what the transaction asks for, as ovs-vsctl does. */
export const requestApplication: readonly [OvsdbOperation, OvsdbOperation] = [
  { op: 'mutate', table: 'Open_vSwitch', where: [], mutations: [['next_cfg', '+=', 1]] },
  { op: 'select', table: 'Open_vSwitch', where: [], columns: ['next_cfg'] },
];

/** Waits on the server's side, without polling, until ovs-vswitchd has applied the configuration `wanted`. */
export async function waitApplied(client: OvsdbClient, wanted: number, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const [result] = await client.transact([{ op: 'select', table: 'Open_vSwitch', where: [], columns: ['cur_cfg'] }]);
    const row = result?.rows[0];
    const current = (row === undefined ? undefined : numberOf(row, 'cur_cfg')) ?? 0;
    if (current >= wanted) return;
    const left = Math.round(deadline - performance.now());
    if (left <= 0) {
      const advice = 'is ovs-vswitchd running?';
      throw new OvsdbError('ovsdb_timeout', `the switch did not apply a change within ${timeoutMs} ms; ${advice}`);
    }
    await waitChanged(client, current, Math.min(left, 1000));
  }
}

async function waitChanged(client: OvsdbClient, current: number, timeoutMs: number): Promise<void> {
  const rows = [{ cur_cfg: current }];
  const wait = { op: 'wait', timeout: timeoutMs, table: 'Open_vSwitch', where: [], columns: ['cur_cfg'], until: '!=' };
  try {
    await client.transact([{ ...wait, rows }]);
  } catch (error) {
    if (!(error instanceof OvsdbError) || error.serverError !== 'timed out') throw error;
  }
}
