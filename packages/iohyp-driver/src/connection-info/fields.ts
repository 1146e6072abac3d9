import type * as z from 'zod';
import { type ConnectionInfo, DriverError } from '../contract.ts';

/**
 * Parses fields of a connection_info. Each zod type's `error` says what was expected, as a noun.
 * @throws {DriverError} `bad_connection_info` naming every field that is missing or wrong, its value and what was expected
 */
export function parseFields<T>(what: string, schema: z.ZodType<T>, fields: ConnectionInfo): T {
  const parsed = schema.safeParse(fields);
  if (parsed.success) {
    return parsed.data;
  }
  const faults = parsed.error.issues.map((issue) => {
    const name = issue.path.map(String).join('.');
    const value = valueAt(fields, issue.path);
    const shown = value === undefined ? 'is missing' : `is ${show(name, value)}`;
    return `${name} ${shown}, expected ${issue.message}`;
  });
  throw new DriverError('bad_connection_info', `${what}: ${faults.join('; ')}`);
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    root,
  );
}

function show(name: string, value: unknown): string {
  if (/pass|secret|key/i.test(name)) {
    return 'ill-formed (not shown: a secret)';
  }
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
