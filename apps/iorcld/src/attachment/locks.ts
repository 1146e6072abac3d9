/**
 * One writer per key, in order of arrival. Keys are taken in sorted order, so that two actions which want the same keys
 * can't wait for each other.
 */
export class KeyedLocks {
  readonly #tails = new Map<string, Promise<void>>();

  /** Runs the action when it is its turn for all keys. Takes its place in the first key's queue before it returns. */
  run<T>(keys: readonly string[], action: () => Promise<T>): Promise<T> {
    const ordered = [...new Set(keys)].sort();
    const from = (index: number): Promise<T> => {
      const key = ordered[index];
      return key === undefined ? action() : this.#one(key, () => from(index + 1));
    };
    return from(0);
  }

  /** Whether something runs or waits under this key. */
  busy(key: string): boolean {
    return this.#tails.has(key);
  }

  /** Resolves when nothing runs or waits any more. */
  async idle(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }

  #one<T>(key: string, action: () => Promise<T>): Promise<T> {
    const result = (this.#tails.get(key) ?? Promise.resolve()).then(action);
    const tail = result.then(
      () => undefined,
      () => undefined,
    );
    this.#tails.set(key, tail);
    // Forgets the key once its queue is empty, so that the map doesn't grow with every volume ever seen.
    void tail.then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    return result;
  }
}
