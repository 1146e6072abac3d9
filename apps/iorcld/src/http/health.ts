/** Whether this iorcld can do its work; with reasons where it can't. */
export class Health {
  readonly #reasons = new Map<string, string>();

  /** Something keeps the service from working, until {@link clear}. */
  report(part: string, reason: string): void {
    this.#reasons.set(part, reason);
  }

  clear(part: string): void {
    this.#reasons.delete(part);
  }

  get reasons(): readonly string[] {
    return [...this.#reasons].map(([part, reason]) => `${part}: ${reason}`);
  }
}
