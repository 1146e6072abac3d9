import type { TokenInfo } from '../identity/tokens/model.ts';

/** How far the clocks of a Keystone's own hosts may be apart, and more than a header `Date` is cut by. */
const TOLERANCE_MS = 60_000;

/**
 * How much longer a token lives that Keystone has just called valid, in ms. By the clock of Keystone's host (its answer's
 * header `Date`), since ours may be wrong by hours; by ours where there is no such header. A clock by which the token would be
 * over, or not yet born, is wrong; if both are, the token is taken for new: a service that refuses it is the last word anyway.
 */
export function remainingLifeMs(info: TokenInfo, date: string | undefined, localNowMs: number): number {
  const expiresAtMs = info.expiresAt.getTime();
  const lifetimeMs = expiresAtMs - info.issuedAt.getTime();
  for (const nowMs of [Date.parse(date ?? ''), localNowMs]) {
    const remainingMs = expiresAtMs - nowMs;
    if (remainingMs > 0 && remainingMs <= lifetimeMs + TOLERANCE_MS) return Math.min(remainingMs, lifetimeMs);
  }
  return lifetimeMs;
}
