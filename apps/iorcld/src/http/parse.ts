import type * as z from 'zod';
import { HttpError } from './http-error.ts';

/**
 * Parses what came from outside.
 *
 * @throws HttpError `bad_request`, naming each key, its value and what was expected
 */
export function parse<T>(what: string, schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => {
    const value = path.reduce<unknown>((at, key) => (isRecord(at) ? at[String(key)] : undefined), input);
    return `${path.length === 0 ? what : path.join('.')}: ${message}, found ${shorten(value)}`;
  });
  throw new HttpError('bad_request', `The ${what} is not what was expected. ${problems.join('; ')}.`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
