import { isRecord, type WireRecord } from '../../wire/record.ts';
import { badRequest } from './fault.ts';

/** The object under `key` of a request's body, or 400. */
export function bodyObject(body: unknown, key: string): WireRecord {
  const value = isRecord(body) ? body[key] : undefined;
  if (!isRecord(value)) throw badRequest(`Invalid input for field/attribute ${key}. '${key}' is a required property`);
  return value;
}

export function optionalText(record: WireRecord, key: string): string | undefined {
  const value = record[key];
  return typeof value === 'string' ? value : undefined;
}

export function requiredText(record: WireRecord, key: string): string {
  const value = optionalText(record, key);
  if (value === undefined) throw badRequest(`Invalid input. '${key}' is a required property`);
  return value;
}

/** What is given of a record of strings; nothing is an empty one. */
export function stringRecord(value: unknown): Record<string, string> {
  const entries = Object.entries(isRecord(value) ? value : {});
  return Object.fromEntries(entries.map(([key, item]) => [key, String(item)]));
}
