import type { OvsdbClient, OvsdbOperation } from './ovsdb-client.ts';
import { OvsdbError } from './ovsdb-error.ts';
import { numberOf } from './ovsdb-value.ts';

/** Of a transaction: makes ovs-vswitchd say when it has done what the transaction asks for, as ovs-vsctl does. */
export const requestApplication: readonly [OvsdbOperation, OvsdbOperation] = [
  { op: 'mutate', table: 'Open_vSwitch', where: [], mutations: [['next_cfg', '+=', 1]] },
  { op: 'select', table: 'Open_vSwitch', where: [], columns: ['next_cfg'] },
];

/** How long a change of the switch may take. */
export interface SwitchOptions {
  /** For ovs-vswitchd to do what the database says. Default 10,000. */
  readonly applyTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

const APPLY_TIMEOUT_MS = 10_000;

/**
 * Waits on the server's side, without polling, until ovs-vswitchd has applied the configuration `wanted`.
 *
 * @throws OvsdbError `ovsdb_timeout`; the signal's reason.
 */
export async function waitApplied(client: OvsdbClient, wanted: number, options: SwitchOptions): Promise<void> {
  const { applyTimeoutMs: timeoutMs = APPLY_TIMEOUT_MS, signal } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const select = { op: 'select', table: 'Open_vSwitch', where: [], columns: ['cur_cfg'] };
    const [result] = await client.transact([select], signal === undefined ? {} : { signal });
    const row = result?.rows[0];
    const current = (row === undefined ? undefined : numberOf(row, 'cur_cfg')) ?? 0;
    if (current >= wanted) return;
    const left = Math.round(deadline - performance.now());
    if (left <= 0) {
      const advice = 'is ovs-vswitchd running?';
      throw new OvsdbError('ovsdb_timeout', `the switch did not apply a change within ${timeoutMs} ms; ${advice}`);
    }
    await waitChanged(client, current, Math.min(left, 1000), signal);
  }
}

async function waitChanged(
  client: OvsdbClient,
  current: number,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const rows = [{ cur_cfg: current }];
  const wait = { op: 'wait', timeout: timeoutMs, table: 'Open_vSwitch', where: [], columns: ['cur_cfg'], until: '!=' };
  try {
    await client.transact([{ ...wait, rows }], signal === undefined ? {} : { signal });
  } catch (error) {
    if (!(error instanceof OvsdbError) || error.serverError !== 'timed out') throw error;
  }
}
