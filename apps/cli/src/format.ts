/** One column of a listing: its title, and the text of a row's cell. */
export interface Column<Row> {
  readonly title: string;
  cell(row: Row): string | number | boolean | null;
}

export const formats = ['table', 'json'] as const;
export type Format = (typeof formats)[number];

/** Formats rows as OpenStack's clients do: a bordered table, or JSON objects keyed by the columns' titles. */
export function formatRows<Row>(format: Format, columns: readonly Column<Row>[], rows: readonly Row[]): string {
  if (format === 'json')
    return JSON.stringify(
      rows.map((row) => toObject(columns, row)),
      null,
      2,
    );
  return table(
    columns.map(({ title }) => title),
    rows.map((row) => columns.map((column) => text(column.cell(row)))),
  );
}

/** Formats one object: a table of fields and values, or one JSON object. */
export function formatFields<Row>(format: Format, columns: readonly Column<Row>[], row: Row): string {
  if (format === 'json') return JSON.stringify(toObject(columns, row), null, 2);
  return table(
    ['Field', 'Value'],
    columns.map((column) => [column.title, text(column.cell(row))]),
  );
}

function toObject<Row>(columns: readonly Column<Row>[], row: Row): Record<string, string | number | boolean | null> {
  return Object.fromEntries(columns.map((column) => [column.title, column.cell(row)]));
}

function text(value: string | number | boolean | null): string {
  return value === null ? '' : String(value);
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = titles.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const border = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |`;
  return [border, line(titles), border, ...rows.map(line), ...(rows.length > 0 ? [border] : [])].join('\n');
}
