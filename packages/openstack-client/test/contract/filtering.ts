import { expect } from 'vitest';

/** Each filter of `hits`, by itself, finds it; each of `misses` finds others or nothing. */
export async function expectFilters<F>(
  api: { list(filter: F): PromiseLike<readonly { readonly id: string }[]> },
  id: string,
  hits: readonly NoInfer<F>[],
  misses: readonly NoInfer<F>[],
): Promise<void> {
  const ids = async (filter: F): Promise<string[]> => (await api.list(filter)).map((each) => each.id);
  for (const filter of hits) expect(await ids(filter), `filter ${JSON.stringify(filter)}`).toContain(id);
  for (const filter of misses) expect(await ids(filter), `filter ${JSON.stringify(filter)}`).not.toContain(id);
}
