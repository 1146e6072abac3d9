import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Format, format } from './format.ts';
import { type Cell, fields, line, rows } from './output.ts';
import { select } from './select.ts';

interface Row {
  readonly id: string;
  readonly size: number | null;
}

const columns = [
  { title: 'ID', cell: (row: Row) => row.id },
  { title: 'Size', cell: (row: Row) => row.size },
];
const formatRows = (as: Format, all: readonly Row[]): string => format(as, rows(columns, all));
const formatFields = (as: Format, row: Row): string => format(as, fields(columns, row));

describe('format', () => {
  it('draws a bordered table', () => {
    expect(
      formatRows('table', [
        { id: 'volume-1', size: 1 },
        { id: 'v2', size: null },
      ]),
    ).toBe(
      `+----------+------+
| ID       | Size |
+----------+------+
| volume-1 | 1    |
| v2       |      |
+----------+------+`,
    );
  });

  it('draws titles alone when there is nothing', () => {
    expect(formatRows('table', []).split('\n')).toHaveLength(3);
  });

  it('writes JSON keyed by the titles, numbers and null kept', () => {
    expect(JSON.parse(formatRows('json', [{ id: 'a', size: null }]))).toEqual([{ ID: 'a', Size: null }]);
    expect(JSON.parse(formatFields('json', { id: 'a', size: 3 }))).toEqual({ ID: 'a', Size: 3 });
  });

  it('shows one object as fields and values', () => {
    expect(formatFields('table', { id: 'a', size: 3 })).toContain('| Size  | 3     |');
  });

  it('value: cells for shells, without titles', () => {
    expect(
      formatRows('value', [
        { id: 'a', size: 1 },
        { id: 'b', size: null },
      ]),
    ).toBe('a 1\nb ');
    expect(formatFields('value', { id: 'a', size: 3 })).toBe('a\n3');
    expect(formatRows('value', [])).toBe('');
  });

  it('csv: all but numbers in quotes, quotes doubled', () => {
    expect(formatRows('csv', [{ id: 'a "b", c', size: 1 }])).toBe('"ID","Size"\n"a ""b"", c",1');
  });

  it.each(['a', 'a b', 'yes', 'null', '12', '1e3', '- x', 'a: b', 'a #b', '', 'line\nbreak', '{', 'Ä', "it's", '~'])(
    'yaml: %j is read back as the same text',
    (id) => {
      expect(parse(formatRows('yaml', [{ id, size: 1 }]))).toEqual([{ ID: id, Size: 1 }]);
      expect(parse(formatFields('yaml', { id, size: null }))).toEqual({ ID: id, Size: null });
    },
  );

  it('yaml: nothing is an empty list', () => {
    expect(parse(formatRows('yaml', []))).toEqual([]);
  });

  it.each<[Format, string]>([
    ['table', 'a 1'],
    ['value', 'a 1'],
    ['json', '{"ID":"a","Size":1}'],
    ['csv', '"a",1'],
  ])('%s: what comes as it happens is a line each', (as, expected) => {
    expect(format(as, line(columns, { id: 'a', size: 1 }))).toBe(expected);
  });

  it('remarks are for people, not for programs', () => {
    const remark = { kind: 'message', text: 'all is well' } as const;
    expect([format('table', remark), format('json', remark)]).toEqual(['all is well', '']);
  });
});

describe('select', () => {
  const listing = rows(columns, [
    { id: 'b', size: 2 },
    { id: 'a', size: 10 },
    { id: 'c', size: 2 },
  ]);
  const firsts = (wanted: Partial<Parameters<typeof select>[1]>): Cell[] => {
    const output = select(listing, { columns: [], sortColumns: [], descending: false, ...wanted });
    return output.kind === 'rows' ? output.rows.map(([first = null]) => first) : [];
  };

  it('keeps the wanted columns, in the order of the listing, whatever their case', () => {
    expect(select(listing, { columns: ['size'], sortColumns: [], descending: false })).toMatchObject({
      titles: ['Size'],
      rows: [[2], [10], [2]],
    });
  });
  it('sorts by columns, also by one that isn’t shown; numbers as numbers', () => {
    expect(firsts({ sortColumns: ['ID'] })).toEqual(['a', 'b', 'c']);
    expect(firsts({ sortColumns: ['Size', 'ID'] })).toEqual(['b', 'c', 'a']);
    expect(firsts({ sortColumns: ['Size'], descending: true })).toEqual(['a', 'b', 'c']);
    expect(firsts({ sortColumns: ['Size'], columns: ['ID'] })).toEqual(['b', 'c', 'a']);
  });
  it('names an unknown column and those that there are', () => {
    expect(() => firsts({ columns: ['Colour'] })).toThrow('unknown column: Colour; known: ID, Size');
  });
});
