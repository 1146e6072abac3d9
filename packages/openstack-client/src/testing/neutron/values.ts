import type { WireRecord } from '../../wire/record.ts';

/** A field of a body, or what it was before, or a default. */
export function textOr(fields: WireRecord, key: string, otherwise: string): string {
  const value = fields[key];
  return typeof value === 'string' ? value : otherwise;
}

export function textOrNull(fields: WireRecord, key: string, otherwise: string | null): string | null {
  const value = fields[key];
  return typeof value === 'string' || value === null ? value : otherwise;
}

export function numberOrNull(fields: WireRecord, key: string): number | null {
  const value = fields[key];
  return typeof value === 'number' ? value : null;
}

export function booleanOr(fields: WireRecord, key: string, otherwise: boolean): boolean {
  const value = fields[key];
  return typeof value === 'boolean' ? value : otherwise;
}

export function textsOr(fields: WireRecord, key: string, otherwise: readonly string[]): readonly string[] {
  const value = fields[key];
  return Array.isArray(value) ? value.map(String) : otherwise;
}

/** Of everything here: the fake does not tell when what was made. */
export const BORN = { created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z' } as const;
