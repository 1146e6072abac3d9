/** Numbers from 0 to 1, the same ones for the same seed: mulberry32. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Runs what leaves something to chance. Whatever fails in it tells the seed; with that in `IORCL_SEED` chance falls out the
 * same again, as far as it is ours.
 */
export async function byChance(run: (chance: () => number) => Promise<void>): Promise<void> {
  const seed = Number(process.env['IORCL_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
  try {
    await run(numbers(seed));
  } catch (cause) {
    throw new Error(`${cause instanceof Error ? cause.message : String(cause)} (IORCL_SEED=${seed})`, { cause });
  }
}
