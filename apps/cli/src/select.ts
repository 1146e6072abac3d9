import type { Cell, Output } from './output.ts';
import { UsageError } from './usage-error.ts';

/** Which columns are wanted, and in which order the rows. */
export interface Selection {
  /** Titles in any case; empty: all. */
  readonly columns: readonly string[];
  /** Titles in any case, the most important first. */
  readonly sortColumns: readonly string[];
  readonly descending: boolean;
}

/**
 * Sorts, then leaves out what is not wanted. Columns keep the order of the listing, as with OpenStack's clients.
 *
 * @throws UsageError for a column that there isn't
 */
export function select(output: Output, { columns, sortColumns, descending }: Selection): Output {
  if (output.kind === 'message') return output;
  const wanted = new Set(indexes(output.titles, columns));
  const keep = <T>(cells: readonly T[]): T[] => cells.filter((_, index) => wanted.size === 0 || wanted.has(index));
  const titles = keep(output.titles);
  if (output.kind !== 'rows') return { kind: output.kind, titles, cells: keep(output.cells) };
  const by = indexes(output.titles, sortColumns);
  const sign = descending ? -1 : 1;
  const sorted = output.rows.toSorted((a, b) => {
    for (const index of by) {
      const order = compare(a[index] ?? null, b[index] ?? null);
      if (order !== 0) return sign * order;
    }
    return 0;
  });
  return { kind: 'rows', titles, rows: sorted.map(keep) };
}

function indexes(titles: readonly string[], names: readonly string[]): number[] {
  return names.map((name) => {
    const index = titles.findIndex((title) => title.toLowerCase() === name.toLowerCase());
    if (index < 0) throw new UsageError(`unknown column: ${name}; known: ${titles.join(', ')}`);
    return index;
  });
}

function compare(a: Cell, b: Cell): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a ?? '').localeCompare(String(b ?? ''));
}
