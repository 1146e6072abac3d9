import { setTimeout as delay } from 'node:timers/promises';
import type { InstancePort } from '../cloud/contract.ts';
import type { Plan } from './record.ts';

export interface NewInstancePace {
  /** How long Nova may take to make an instance's networks once it has asked for a volume, in milliseconds. */
  readonly timeoutMs: number;
  /** How long its ports have to be the same ones, in milliseconds. */
  readonly settleMs: number;
  readonly pauseMs: number;
}

const PACE: NewInstancePace = { timeoutMs: 30_000, settleMs: 1_000, pauseMs: 250 };

/** Whether these are all ports that an instance will have that Nova builds. */
export type AllThere = (ports: readonly InstancePort[]) => boolean;

/**
 * Nova attaches the volumes of an instance that it builds beside making its networks: which of them an export is to be on
 * can't be known before all are there. Plans again until then; when the time is over, with the networks as they are.
 *
 * Nova doesn't say when it has made them all (it hides an instance's addresses until it is ACTIVE). It creates all ports first,
 * then it binds one after the other, and those that the user made become the instance's by that
 * (allocate_for_instance, nova/network/neutron.py).
 *
 * @param hasNetwork whether it is known already on which network the instance's exports are
 * @param plan answers undefined while networks may still come
 * @param checkWanted throws when nobody waits for the plan any more
 */
export async function planWithNetworks(
  hasNetwork: boolean,
  plan: (allThere: AllThere) => Promise<Plan | undefined>,
  checkWanted: () => void,
  { timeoutMs, settleMs, pauseMs }: NewInstancePace = PACE,
): Promise<Plan> {
  const deadline = performance.now() + timeoutMs;
  let last: { readonly ids: string; readonly since: number } | undefined;
  const allThere: AllThere = (ports) => {
    const now = performance.now();
    const ids = ports
      .map(({ id }) => id)
      .toSorted()
      .join();
    if (ids !== last?.ids) last = { ids, since: now };
    const settled = ports.length > 0 && ports.every(({ bound }) => bound) && now - last.since >= settleMs;
    return hasNetwork || settled || now > deadline;
  };
  for (;;) {
    const planned = await plan(allThere);
    if (planned !== undefined) return planned;
    await delay(pauseMs);
    checkWanted();
  }
}
