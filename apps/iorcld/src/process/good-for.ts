const LEAST_MS = 500;
const MOST_MS = 5_000;

/**
 * So long an answer about the data plane is good for others, unless something is done to it meanwhile: longer, where it took
 * longer to get, so that a busy machine is not kept busy by asking.
 *
 * @param tookMs how long the question took
 */
export function goodForMs(tookMs: number): number {
  return Math.min(MOST_MS, Math.max(LEAST_MS, tookMs * 10));
}
