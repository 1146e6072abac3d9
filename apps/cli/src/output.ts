/** A value of a cell, as JSON has it. */
export type Cell = string | number | boolean | null;

/** One column of a listing: its title, and a row's cell. */
export interface Column<Row> {
  readonly title: string;
  cell(row: Row): Cell;
}

/** One object. */
export interface Fields {
  readonly kind: 'fields';
  readonly titles: readonly string[];
  readonly cells: readonly Cell[];
}

/** What a command answers, before it is formatted. */
export type Output =
  | { readonly kind: 'rows'; readonly titles: readonly string[]; readonly rows: readonly (readonly Cell[])[] }
  | Fields
  /** One of many that come as they happen. */
  | { readonly kind: 'line'; readonly titles: readonly string[]; readonly cells: readonly Cell[] }
  /** For those who look on; programs get nothing. */
  | { readonly kind: 'message'; readonly text: string };

/** A listing. */
export function rows<Row>(columns: readonly Column<Row>[], all: readonly Row[]): Output {
  return {
    kind: 'rows',
    titles: columns.map(({ title }) => title),
    rows: all.map((row) => columns.map((column) => column.cell(row))),
  };
}

/** One object, field by field. */
export function fields<Row>(columns: readonly Column<Row>[], row: Row): Fields {
  return {
    kind: 'fields',
    titles: columns.map(({ title }) => title),
    cells: columns.map((column) => column.cell(row)),
  };
}

/** One object of a stream of them. */
export function line<Row>(columns: readonly Column<Row>[], row: Row): Output {
  return { ...fields(columns, row), kind: 'line' };
}
