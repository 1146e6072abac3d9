import { OvsdbError } from './ovsdb-error.ts';
import { isRow, type OvsdbRow } from './ovsdb-value.ts';

/** A row that came, went or changed. */
export type OvsdbChange =
  /** It is there: found when the monitor began, or inserted since. */
  | { readonly kind: 'present' | 'inserted'; readonly table: string; readonly uuid: string; readonly row: OvsdbRow }
  | { readonly kind: 'deleted'; readonly table: string; readonly uuid: string; readonly before: OvsdbRow }
  | {
      readonly kind: 'modified';
      readonly table: string;
      readonly uuid: string;
      readonly row: OvsdbRow;
      /** What the columns that changed were. */
      readonly before: OvsdbRow;
    };

/**
 * Decodes `<table-updates>` (RFC 7047, 4.1.6).
 *
 * @param initial the answer to the monitor request itself: rows are there, and not new.
 * @throws OvsdbError `ovsdb_malformed`
 */
export function decodeTableUpdates(updates: unknown, initial: boolean): OvsdbChange[] {
  if (!isRow(updates)) throw malformed();
  return Object.entries(updates).flatMap(([table, rows]) => {
    if (!isRow(rows)) throw malformed();
    return Object.entries(rows).map(([uuid, update]): OvsdbChange => {
      if (!isRow(update)) throw malformed();
      const { old: before, new: row } = update;
      if (isRow(row) && isRow(before)) return { kind: 'modified', table, uuid, row, before };
      if (isRow(row)) return { kind: initial ? 'present' : 'inserted', table, uuid, row };
      if (isRow(before)) return { kind: 'deleted', table, uuid, before };
      throw malformed();
    });
  });
}

function malformed(): OvsdbError {
  return new OvsdbError('ovsdb_malformed', 'an update of an OVSDB monitor is not of the form of RFC 7047');
}

/** Changes between the connection that takes them in and the reader that takes them out. */
export class ChangeQueue {
  readonly #transactions: (readonly OvsdbChange[])[] = [];
  #wake: () => void = () => undefined;
  #ending: unknown;
  #ended = false;

  push(changes: readonly OvsdbChange[]): void {
    this.#transactions.push(changes);
    this.#wake();
  }

  /** What was pushed before is still read. */
  end(reason: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#ending = reason;
    this.#wake();
  }

  /** The changes of one transaction. @throws the reason of the end. */
  async next(): Promise<readonly OvsdbChange[]> {
    for (;;) {
      const changes = this.#transactions.shift();
      if (changes !== undefined) return changes;
      if (this.#ended) throw this.#ending;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }
}
