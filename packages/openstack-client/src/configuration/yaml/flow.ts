import { doubleQuoted, plainScalar, singleQuoted } from './scalar.ts';
import { YamlError } from './yaml-error.ts';
import type { YamlValue } from './yaml-value.ts';

const DEEPEST = 50;

/** Reads `[a, b]` and `{a: b}`, which may go over lines. */
export class FlowReader {
  readonly #text: string;
  readonly #line: number;
  readonly #anchors: ReadonlyMap<string, YamlValue>;
  #at = 0;

  constructor(text: string, line: number, anchors: ReadonlyMap<string, YamlValue>) {
    this.#anchors = anchors;
    this.#text = text;
    this.#line = line;
  }

  read(): YamlValue {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length && this.#text[this.#at] !== '#')
      this.#fail('something follows the closing bracket');
    return value;
  }

  #value(depth: number): YamlValue {
    if (depth > DEEPEST) this.#fail(`more than ${DEEPEST} brackets within each other`);
    this.#space();
    const first = this.#text[this.#at];
    if (first === '[') return this.#list(depth);
    if (first === '{') return this.#map(depth);
    if (first === '*') return this.#alias();
    return first === '"' || first === "'" ? this.#quoted() : plainScalar(this.#plain());
  }

  #list(depth: number): YamlValue {
    const items: YamlValue[] = [];
    this.#at++;
    while (!this.#closes(']')) {
      items.push(this.#value(depth + 1));
      this.#separator(']');
    }
    return items;
  }

  #map(depth: number): YamlValue {
    const entries = new Map<string, YamlValue>();
    this.#at++;
    while (!this.#closes('}')) {
      const quoted = this.#text[this.#at] === '"' || this.#text[this.#at] === "'";
      const key = quoted ? this.#quoted() : this.#plain();
      this.#space();
      if (this.#text[this.#at] !== ':') this.#fail('a key between { and } without ":"');
      this.#at++;
      if (entries.has(key)) this.#fail('the same key twice between { and }');
      entries.set(key, this.#value(depth + 1));
      this.#separator('}');
    }
    return Object.fromEntries(entries);
  }

  #alias(): YamlValue {
    const pattern = /\*([^\s,[\]{}]+)/y;
    pattern.lastIndex = this.#at;
    const value = this.#anchors.get(pattern.exec(this.#text)?.[1] ?? '');
    if (value === undefined) return this.#fail('an alias to an anchor that was not there before');
    this.#at = pattern.lastIndex;
    return value;
  }

  #closes(bracket: string): boolean {
    this.#space();
    if (this.#at >= this.#text.length) this.#fail(`"${bracket}" is missing`);
    if (this.#text[this.#at] !== bracket) return false;
    this.#at++;
    return true;
  }

  #separator(bracket: string): void {
    this.#space();
    const next = this.#text[this.#at];
    if (next === ',') this.#at++;
    else if (next !== bracket) this.#fail(`"," or "${bracket}" is missing`);
  }

  #quoted(): string {
    const pattern = this.#text[this.#at] === '"' ? /"((?:[^"\\]|\\.)*)"/sy : /'((?:[^']|'')*)'/sy;
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return this.#fail('a closing quote is missing');
    const inner = found[1] ?? '';
    const double = this.#text[this.#at] === '"';
    this.#at = pattern.lastIndex;
    return double ? doubleQuoted(inner, this.#line) : singleQuoted(inner);
  }

  #plain(): string {
    const pattern = /(?:[^,[\]{}:#\n]|:(?![\s,[\]{}]|$)|(?<!\s)#)*/y;
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.#text)?.[0].trim() ?? '';
    if (/^[&!|>%@`"']/.test(text)) this.#fail('anchors and tags between brackets are not read');
    if (pattern.lastIndex === this.#at && this.#text[this.#at] !== ',') {
      if (this.#text[this.#at] !== ']' && this.#text[this.#at] !== '}')
        this.#fail('a value is missing between brackets');
    }
    this.#at = pattern.lastIndex;
    return text;
  }

  #space(): void {
    const pattern = /(?:\s+(?:#[^\n]*)?)*/y;
    pattern.lastIndex = this.#at;
    pattern.exec(this.#text);
    this.#at = pattern.lastIndex;
  }

  #fail(message: string): never {
    throw new YamlError(this.#line, message);
  }
}
