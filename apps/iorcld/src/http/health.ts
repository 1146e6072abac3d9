import { describeError } from '@iorcl/service';

/** Whether this iorcld can do its work; with reasons where it can't. */
export class Health {
  readonly #reasons = new Map<string, string>();
  readonly #probes: Readonly<Record<string, () => void>>;

  /** @param probes by part; they throw where the part doesn't work */
  constructor(probes: Readonly<Record<string, () => void>> = {}) {
    this.#probes = probes;
  }

  /** Something keeps the service from working, until {@link clear}. */
  report(part: string, reason: string): void {
    this.#reasons.set(part, reason);
  }

  clear(part: string): void {
    this.#reasons.delete(part);
  }

  /** Empty: all is well. */
  reasons(): readonly string[] {
    const found = [...this.#reasons].map(([part, reason]) => `${part}: ${reason}`);
    for (const [part, probe] of Object.entries(this.#probes)) {
      try {
        probe();
      } catch (error) {
        found.push(`${part}: ${describeError(error)}`);
      }
    }
    return found;
  }
}
