/** The fake cloud's idea of the time: the machine's own, until a test moves it. */
export class FakeClock {
  #offsetMs = 0;
  #stoppedAt: number | undefined;

  /** Milliseconds since 1970. */
  now(): number {
    return this.#stoppedAt ?? Date.now() + this.#offsetMs;
  }

  date(): Date {
    return new Date(this.now());
  }

  /** Moves the cloud's time; negative: back. Tokens that are then past their end are invalid. The machine's clock stays. */
  advance(ms: number): void {
    if (this.#stoppedAt === undefined) this.#offsetMs += ms;
    else this.#stoppedAt += ms;
  }

  /** The cloud's time stands still until `run`, and moves by `advance` only. */
  stop(): void {
    this.#stoppedAt ??= this.now();
  }

  run(): void {
    if (this.#stoppedAt === undefined) return;
    this.#offsetMs = this.#stoppedAt - Date.now();
    this.#stoppedAt = undefined;
  }
}
