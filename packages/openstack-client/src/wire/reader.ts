import { isRecord, type WireRecord } from './record.ts';

/** A field of an answer is missing or has another type. Says where and which types, never the value: it may be a secret. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

/**
 * Reads fields of a JSON object and names the one that is not as promised. Unknown fields are left alone and stay in
 * {@link WireReader.raw}.
 */
export class WireReader {
  readonly raw: WireRecord;
  readonly #path: string;

  constructor(value: unknown, path: string) {
    if (!isRecord(value)) throw new WireError(`${path} is ${typeName(value)}, expected an object`);
    this.raw = value;
    this.#path = path;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.raw, key);
  }

  string(key: string): string {
    const value = this.raw[key];
    return typeof value === 'string' ? value : this.#fail(key, 'a string');
  }

  /** Undefined when the field is missing or null. */
  optionalString(key: string): string | undefined {
    return this.raw[key] === undefined || this.raw[key] === null ? undefined : this.string(key);
  }

  integer(key: string): number {
    const value = this.raw[key];
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : this.#fail(key, 'an integer');
  }

  optionalInteger(key: string): number | undefined {
    return this.raw[key] === undefined || this.raw[key] === null ? undefined : this.integer(key);
  }

  boolean(key: string): boolean {
    const value = this.raw[key];
    return typeof value === 'boolean' ? value : this.#fail(key, 'a boolean');
  }

  /** The fallback when the field is missing or null. */
  booleanOr(key: string, fallback: boolean): boolean {
    return this.raw[key] === undefined || this.raw[key] === null ? fallback : this.boolean(key);
  }

  /** Undefined when the field is missing or null. */
  optionalBoolean(key: string): boolean | undefined {
    return this.raw[key] === undefined || this.raw[key] === null ? undefined : this.boolean(key);
  }

  /** A time without zone is UTC, as OpenStack means it. */
  date(key: string): Date {
    const text = this.string(key);
    const date = new Date(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);
    return Number.isNaN(date.getTime()) ? this.#fail(key, 'an ISO 8601 time') : date;
  }

  /** Undefined when the field is missing, null or empty. */
  optionalDate(key: string): Date | undefined {
    const value = this.raw[key];
    return value === undefined || value === null || value === '' ? undefined : this.date(key);
  }

  object(key: string): WireReader {
    return new WireReader(this.raw[key], `${this.#path}.${key}`);
  }

  optionalObject(key: string): WireReader | undefined {
    return this.raw[key] === undefined || this.raw[key] === null ? undefined : this.object(key);
  }

  list<T>(key: string, parse: (item: WireReader) => T): T[] {
    const value = this.raw[key];
    if (!Array.isArray(value)) return this.#fail(key, 'an array');
    return value.map((item: unknown, index) => parse(new WireReader(item, `${this.#path}.${key}[${index}]`)));
  }

  strings(key: string): string[] {
    const value = this.raw[key];
    const isText = (item: unknown): item is string => typeof item === 'string';
    return Array.isArray(value) && value.every(isText) ? [...value] : this.#fail(key, 'an array of strings');
  }

  /** The fallback when the field is missing or null. */
  stringsOr(key: string, fallback: readonly string[]): readonly string[] {
    return this.raw[key] === undefined || this.raw[key] === null ? fallback : this.strings(key);
  }

  /** Empty when the field is missing or null. */
  listOrEmpty<T>(key: string, parse: (item: WireReader) => T): T[] {
    return this.raw[key] === undefined || this.raw[key] === null ? [] : this.list(key, parse);
  }

  /** Empty when the field is missing or null; see {@link WireReader.stringRecord}. */
  stringRecordOrEmpty(key: string): Record<string, string> {
    return this.raw[key] === undefined || this.raw[key] === null ? {} : this.stringRecord(key);
  }

  /** An object whose values are all strings, as metadata and extra specs are. */
  stringRecord(key: string): Record<string, string> {
    const strings: Record<string, string> = Object.create(null);
    for (const [name, value] of Object.entries(this.object(key).raw)) {
      if (typeof value !== 'string') this.#fail(`${key}.${name}`, 'a string', value);
      else strings[name] = value;
    }
    return { ...strings };
  }

  #fail(key: string, expected: string, value: unknown = this.raw[key]): never {
    throw new WireError(`${this.#path}.${key} is ${typeName(value)}, expected ${expected}`);
  }
}

function typeName(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
