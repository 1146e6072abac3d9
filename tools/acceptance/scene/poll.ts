const LIMIT_MS = 120_000;
const PAUSE_MS = 150;

/** Looks until it is as wanted. @throws with what it was last */
export async function until<T>(
  what: string,
  look: () => Promise<T>,
  wanted: (seen: T) => boolean,
  { limitMs = LIMIT_MS, hopeless = (_: T): boolean => false } = {},
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const seen = await look();
    if (wanted(seen)) return seen;
    if (hopeless(seen) || Date.now() > deadline) {
      throw new Error(`waited until ${what}; it is ${typeof seen === 'string' ? seen : JSON.stringify(seen)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
