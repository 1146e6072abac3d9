/** Rows by id, in the order in which they were made. */
export class Table<T extends { readonly id: string }> {
  readonly #rows = new Map<string, T>();

  save(row: T): T {
    this.#rows.set(row.id, row);
    return row;
  }

  get(id: string): T | undefined {
    return this.#rows.get(id);
  }

  all(): T[] {
    return [...this.#rows.values()];
  }

  find(predicate: (row: T) => boolean): T | undefined {
    return this.#rows.values().find(predicate);
  }

  delete(id: string): void {
    this.#rows.delete(id);
  }
}
