import { OvsdbError } from './ovsdb-error.ts';

/** A value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A row as `select` answers it. */
export type OvsdbRow = Readonly<Record<string, unknown>>;

/** `<map>` (RFC 7047, 5.1). */
export function ovsdbMap(entries: Readonly<Record<string, string>>): Json {
  return ['map', Object.entries(entries)];
}

/** `<set>` (RFC 7047, 5.1). */
export function ovsdbSet(...values: readonly Json[]): Json {
  return ['set', values];
}

export function isRow(value: unknown): value is OvsdbRow {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(column: string): never {
  throw new OvsdbError('ovsdb_malformed', `column ${column} of an OVSDB row is not of its type`);
}

/** Elements of a set; a set of one is written as its element. */
function elements(row: OvsdbRow, column: string): readonly unknown[] {
  const value = row[column];
  if (!Array.isArray(value)) return value === undefined ? malformed(column) : [value];
  const [notation, inner]: readonly unknown[] = value;
  if (notation !== 'set') return [value];
  return Array.isArray(inner) ? inner : malformed(column);
}

export function textOf(row: OvsdbRow, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : malformed(column);
}

/** A column of at most one number; `undefined` when it is empty. */
export function numberOf(row: OvsdbRow, column: string): number | undefined {
  const [value] = elements(row, column);
  return value === undefined || typeof value === 'number' ? value : malformed(column);
}

/** A column of any number of numbers. */
export function numbersOf(row: OvsdbRow, column: string): number[] {
  return elements(row, column).map((value) => (typeof value === 'number' ? value : malformed(column)));
}

/** A column of at most one string; `undefined` when it is empty. */
export function optionalTextOf(row: OvsdbRow, column: string): string | undefined {
  const [value] = elements(row, column);
  return value === undefined || typeof value === 'string' ? value : malformed(column);
}

export function uuidOf(row: OvsdbRow, column: string): string {
  const value = row[column];
  const [notation, uuid]: readonly unknown[] = Array.isArray(value) ? value : [];
  return notation === 'uuid' && typeof uuid === 'string' ? uuid : malformed(column);
}

export function mapOf(row: OvsdbRow, column: string): Readonly<Record<string, string>> {
  const value = row[column];
  const [notation, pairs]: readonly unknown[] = Array.isArray(value) ? value : [];
  if (notation !== 'map' || !Array.isArray(pairs)) return malformed(column);
  return Object.fromEntries(
    pairs.map((pair: unknown) => {
      const [key, entry]: readonly unknown[] = Array.isArray(pair) ? pair : [];
      return typeof key === 'string' && typeof entry === 'string' ? [key, entry] : malformed(column);
    }),
  );
}
