/**
 * Lets so many actions run at once; the others wait in order of arrival. Behind a lock per instance that is fair between
 * instances, however many requests one of them has: only its first stands here.
 */
export class Gate {
  readonly #width: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(width: number) {
    this.#width = width;
  }

  /** How many wait. */
  get queued(): number {
    return this.#waiting.length;
  }

  get running(): number {
    return this.#running;
  }

  async run<T>(action: () => Promise<T>): Promise<T> {
    if (this.#running < this.#width) this.#running++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await action();
    } finally {
      const next = this.#waiting.shift();
      // Whoever waits takes over this place.
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
