import type { Cell, Output } from './output.ts';

export const formats = ['table', 'json', 'yaml', 'value', 'csv'] as const;
export type Format = (typeof formats)[number];

/** Formats as OpenStack's clients do. */
export function format(as: Format, output: Output): string {
  if (output.kind === 'message') return as === 'table' ? output.text : '';
  if (output.kind === 'line') return formatLine(as, output.titles, output.cells);
  const { titles } = output;
  const isList = output.kind === 'rows';
  const all = isList ? output.rows : [output.cells];
  switch (as) {
    case 'json': {
      const objects = all.map((cells) => toObject(titles, cells));
      return JSON.stringify(isList ? objects : objects[0], null, 2);
    }
    case 'yaml':
      return isList && all.length === 0 ? '[]' : all.map((cells) => yaml(titles, cells, isList)).join('\n');
    case 'value':
      return all.map((cells) => cells.map(text).join(isList ? ' ' : '\n')).join('\n');
    case 'csv':
      return [titles, ...all].map((cells) => cells.map(csv).join(',')).join('\n');
    case 'table':
      return isList
        ? table(
            titles,
            output.rows.map((cells) => cells.map(text)),
          )
        : table(
            ['Field', 'Value'],
            output.cells.map((cell, index) => [titles[index] ?? '', text(cell)]),
          );
  }
}

/** So that each stands alone: programs read them one by one. */
function formatLine(as: Format, titles: readonly string[], cells: readonly Cell[]): string {
  if (as === 'json') return JSON.stringify(toObject(titles, cells));
  if (as === 'yaml') return yaml(titles, cells, true);
  return as === 'csv' ? cells.map(csv).join(',') : cells.map(text).join(' ');
}

function toObject(titles: readonly string[], cells: readonly Cell[]): Readonly<Record<string, Cell>> {
  return Object.fromEntries(titles.map((title, index) => [title, cells[index] ?? null]));
}

function text(value: Cell): string {
  return value === null ? '' : String(value);
}

function yaml(titles: readonly string[], cells: readonly Cell[], isItem: boolean): string {
  return titles
    .map(
      (title, index) =>
        `${isItem ? (index === 0 ? '- ' : '  ') : ''}${yamlScalar(title)}: ${yamlScalar(cells[index] ?? null)}`,
    )
    .join('\n');
}

/** A string of JSON is one of YAML, too; only those that can't be anything else go without quotes. */
function yamlScalar(value: Cell): string {
  const plain =
    typeof value === 'string' &&
    /^[A-Za-z][\w./ -]*\w$/.test(value) &&
    !/^(true|false|null|yes|no|on|off|y|n|[\d.]+e\d+)$/i.test(value);
  return plain ? value : JSON.stringify(value);
}

/** Everything but numbers is in quotes. */
function csv(value: Cell): string {
  return typeof value === 'number' ? String(value) : `"${text(value).replaceAll('"', '""')}"`;
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = titles.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const border = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |`;
  return [border, line(titles), border, ...rows.map(line), ...(rows.length > 0 ? [border] : [])].join('\n');
}
