import { setTimeout as delay } from 'node:timers/promises';
import type { Plan } from './record.ts';

/** How long Nova may take to make an instance's networks once it has asked for a volume, in milliseconds. */
const NETWORKS_TIMEOUT_MS = 30_000;
const PAUSE_MS = 250;

/**
 * Nova attaches the volumes of an instance that it builds beside making its networks: which of them an export is to be
 * on can't be known before all are there. Plans again until then; in the end with the networks as they are.
 *
 * @param plan answers undefined while networks may still come
 * @param checkWanted throws when nobody waits for the plan any more
 */
export async function planWithNetworks(
  plan: (options: { readonly networksMayCome: boolean }) => Promise<Plan | undefined>,
  checkWanted: () => void,
  timeoutMs: number = NETWORKS_TIMEOUT_MS,
): Promise<Plan> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const networksMayCome = performance.now() < deadline;
    const planned = await plan({ networksMayCome });
    if (planned !== undefined) return planned;
    await delay(PAUSE_MS);
    checkWanted();
  }
}
