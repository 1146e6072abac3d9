/**
 * Lets so many actions run at once. The others wait: whoever asks for turns has them in order of arrival, and those who ask
 * take turns with each other, however many each of them asks for.
 */
export class Gate {
  readonly #width: number;
  /** By who asked, in the order in which they have their turns. None is empty. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #running = 0;

  constructor(width: number) {
    this.#width = width;
  }

  /** How many wait. */
  get queued(): number {
    return [...this.#waiting.values()].reduce((sum, { length }) => sum + length, 0);
  }

  get running(): number {
    return this.#running;
  }

  /** @param whose turn it takes. Default: all have the same */
  async run<T>(action: () => Promise<T>, whose = ''): Promise<T> {
    if (this.#running < this.#width) this.#running++;
    else await new Promise<void>((resolve) => this.#line(whose).push(resolve));
    try {
      return await action();
    } finally {
      const next = this.#next();
      // Whoever waits takes over this place.
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #line(whose: string): (() => void)[] {
    const line = this.#waiting.get(whose) ?? [];
    this.#waiting.set(whose, line);
    return line;
  }

  #next(): (() => void) | undefined {
    for (const [whose, line] of this.#waiting) {
      const next = line.shift();
      this.#waiting.delete(whose);
      // Behind all others.
      if (line.length > 0) this.#waiting.set(whose, line);
      return next;
    }
    return undefined;
  }
}
