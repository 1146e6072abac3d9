/** Runs actions of the same name one after the other, those of different names side by side. */
export class SerialQueue {
  readonly #tails = new Map<string, Promise<void>>();

  /** Rejects with the signal's reason when it fires before the action's turn. */
  async run<T>(name: string, signal: AbortSignal, action: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(name) ?? Promise.resolve();
    const { promise: mine, resolve: done } = Promise.withResolvers<void>();
    const tail = before.then(() => mine);
    this.#tails.set(name, tail);
    // Not when this one ends: one that gave up waiting ends before those that it waited for.
    tail.then(() => {
      if (this.#tails.get(name) === tail) {
        this.#tails.delete(name);
      }
    });
    try {
      await turn(before, signal);
      return await action();
    } finally {
      done();
    }
  }
}

function turn(before: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    before.then(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
  });
}
