import { describe, expect, it } from 'vitest';
import { formatFields, formatRows } from './format.ts';

const columns = [
  { title: 'ID', cell: (row: { id: string; size: number | null }) => row.id },
  { title: 'Size', cell: (row: { id: string; size: number | null }) => row.size },
];

describe('format', () => {
  it('draws a bordered table', () => {
    expect(
      formatRows('table', columns, [
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
    expect(formatRows('table', columns, []).split('\n')).toHaveLength(3);
  });

  it('writes JSON keyed by the titles, numbers and null kept', () => {
    expect(JSON.parse(formatRows('json', columns, [{ id: 'a', size: null }]))).toEqual([{ ID: 'a', Size: null }]);
    expect(JSON.parse(formatFields('json', columns, { id: 'a', size: 3 }))).toEqual({ ID: 'a', Size: 3 });
  });

  it('shows one object as fields and values', () => {
    expect(formatFields('table', columns, { id: 'a', size: 3 })).toContain('| Size  | 3     |');
  });
});
