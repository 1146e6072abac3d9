/** Whoever waits for the answer to one request: it may have been asked by several at once. */
export class Callers {
  readonly #signals: (AbortSignal | undefined)[];

  /** @param first aborts when that caller no longer waits; undefined: it always does */
  constructor(first: AbortSignal | undefined) {
    this.#signals = [first];
  }

  join(signal: AbortSignal | undefined): void {
    this.#signals.push(signal);
  }

  /** Nobody waits any more. */
  get gone(): boolean {
    return this.#signals.every((signal) => signal?.aborted === true);
  }
}
