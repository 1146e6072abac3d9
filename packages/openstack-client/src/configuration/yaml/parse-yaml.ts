import { FlowReader } from './flow.ts';
import { doubleQuoted, plainScalar, singleQuoted } from './scalar.ts';
import { YamlError } from './yaml-error.ts';
import { isMapping, type YamlValue } from './yaml-value.ts';

interface Line {
  readonly number: number;
  readonly indent: number;
  /** Without indentation and space at its end. */
  readonly text: string;
}

const DEEPEST = 50;
const KEY = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|(?:[^\s\-?:,[\]{}#&*!|>'"%@`]|[-?:](?=\S))[^\n]*?)\s*:(?:\s+(.*)|)$/;
const OVER_LINES = 'a text over several lines must follow "|" or ">"';

/**
 * Reads the part of YAML that configuration files of clouds are written in: mappings, lists, plain and quoted texts on one
 * line, `|` and `>` blocks, `[…]` and `{…}`, comments, anchors, aliases and `<<`. Everything else (tags, several documents,
 * complex keys, plain or quoted texts over several lines) is a YamlError with its line: nothing is read otherwise than a
 * whole parser would.
 */
export function parseYaml(text: string): YamlValue {
  return new BlockReader(text).document();
}

class BlockReader {
  readonly #source: readonly string[];
  readonly #anchors: Map<string, YamlValue> = new Map();
  #at = 0;
  /** The rest of a line that began with `- `, as if it were a line of its own. */
  #rest: Line | undefined;

  constructor(text: string) {
    this.#source = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  }

  document(): YamlValue {
    if (this.#peek()?.text === '---') this.#take();
    const first = this.#peek();
    if (first === undefined) return null;
    const value = this.#block(0);
    const next = this.#peek();
    if (next !== undefined && next.text !== '...') {
      throw new YamlError(
        next.number,
        next.text === '---' ? 'a second document' : `indentation fits nothing above, or ${OVER_LINES}`,
      );
    }
    return value;
  }

  #block(depth: number): YamlValue {
    const line = this.#peek();
    if (line === undefined) return null;
    if (depth > DEEPEST) throw new YamlError(line.number, `more than ${DEEPEST} levels`);
    if (isItem(line.text)) return this.#list(line.indent, depth);
    if (KEY.test(line.text)) return this.#mapping(line.indent, depth);
    this.#take();
    return this.#value(line.text, line, line.indent - 1, depth, false);
  }

  #list(indent: number, depth: number): YamlValue {
    const items: YamlValue[] = [];
    for (let line = this.#peek(); line !== undefined; line = this.#peek()) {
      if (line.indent !== indent || !isItem(line.text)) break;
      this.#take();
      const rest = line.text.slice(1).trimStart();
      const inner = line.indent + line.text.length - rest.length;
      if (rest !== '' && !rest.startsWith('#') && (isItem(rest) || KEY.test(rest))) {
        this.#rest = { number: line.number, indent: inner, text: rest };
        items.push(this.#block(depth + 1));
      } else items.push(this.#value(rest, line, indent, depth + 1, false));
    }
    return items;
  }

  #mapping(indent: number, depth: number): YamlValue {
    const entries = new Map<string, YamlValue>();
    const merged: YamlValue[] = [];
    for (let line = this.#peek(); line !== undefined; line = this.#peek()) {
      if (line.indent < indent || line.text === '---' || line.text === '...') break;
      const found = line.indent === indent && !isItem(line.text) ? KEY.exec(line.text) : null;
      if (found === null)
        throw new YamlError(line.number, `expected "key: value" at the same indentation, or ${OVER_LINES}`);
      this.#take();
      const key = keyOf(found[1] ?? '', line.number);
      const value = this.#value(found[2] ?? '', line, indent, depth + 1, true);
      if (key === '<<') merged.push(...(Array.isArray(value) ? value : [value]));
      else if (entries.has(key)) throw new YamlError(line.number, 'the same key twice in one mapping');
      else entries.set(key, value);
      if (merged.some((each) => !isMapping(each))) throw new YamlError(line.number, '"<<" needs a mapping');
    }
    for (const source of merged.filter(isMapping)) {
      for (const [key, value] of Object.entries(source)) if (!entries.has(key)) entries.set(key, value);
    }
    return Object.fromEntries(entries);
  }

  /** What follows a key or a dash, on its line or below. */
  #value(rest: string, line: Line, indent: number, depth: number, ofKey: boolean): YamlValue {
    const { number } = line;
    const anchored = /^&(\S+)(?:\s+(.*)|)$/.exec(rest);
    if (anchored !== null) {
      const value = this.#value(anchored[2] ?? '', line, indent, depth, ofKey);
      this.#anchors.set(anchored[1] ?? '', value);
      return value;
    }
    const alias = /^\*(\S+)\s*(?:\s#.*)?$/.exec(rest);
    if (alias !== null) {
      const value = this.#anchors.get(alias[1] ?? '');
      if (value === undefined) throw new YamlError(number, 'an alias to an anchor that was not there before');
      return value;
    }
    if (rest === '' || rest.startsWith('#')) {
      const next = this.#peek();
      const below =
        next !== undefined && (next.indent > indent || (ofKey && next.indent === indent && isItem(next.text)));
      return below ? this.#block(depth) : null;
    }
    if (rest.startsWith('|') || rest.startsWith('>')) return this.#blockText(rest, number, indent);
    if (rest.startsWith('[') || rest.startsWith('{'))
      return new FlowReader(this.#bracketed(rest), number, this.#anchors).read();
    const double = /^"((?:[^"\\]|\\.)*)"\s*(?:\s#.*)?$/.exec(rest);
    if (double !== null) return doubleQuoted(double[1] ?? '', number);
    const single = /^'((?:[^']|'')*)'\s*(?:\s#.*)?$/.exec(rest);
    if (single !== null) return singleQuoted(single[1] ?? '');
    if (/^["']/.test(rest)) throw new YamlError(number, `a closing quote is missing on this line, or ${OVER_LINES}`);
    if (/^[!%@`&*,\]}]|^[-?:](?:\s|$)/.test(rest))
      throw new YamlError(number, 'tags and special characters must be quoted');
    const plain = rest.replace(/\s+#.*$/, '');
    if (/:(?:\s|$)/.test(plain)) throw new YamlError(number, 'a text with ": " in it must be quoted');
    return plainScalar(plain);
  }

  /** A `[` or `{` with the lines below, up to the bracket that closes it. */
  #bracketed(first: string): string {
    let text = first;
    while (!closed(text) && this.#at < this.#source.length) {
      text += `\n${this.#source[this.#at]}`;
      this.#at++;
    }
    return text;
  }

  /** @see https://yaml.org/spec/1.1/#id926836 */
  #blockText(header: string, number: number, parent: number): string {
    const shape = /^([|>])(?:([1-9])([+-]?)|([+-])([1-9])?|)\s*(?:\s#.*)?$/.exec(header);
    if (shape === null) throw new YamlError(number, 'something follows "|" or ">"');
    const chomp = shape[3] || shape[4] || '';
    const given = shape[2] ?? shape[5];
    let indent = given === undefined ? undefined : Math.max(parent, 0) + Number(given);
    const lines: string[] = [];
    for (; this.#at < this.#source.length; this.#at++) {
      const line = this.#source[this.#at] ?? '';
      const own = line.length - line.trimStart().length;
      if (line.trim() === '') {
        lines.push(indent === undefined ? '' : line.slice(indent));
        continue;
      }
      if (own <= parent) break;
      indent ??= own;
      if (own < indent) break;
      lines.push(line.slice(indent));
    }
    const text = shape[1] === '|' ? lines.join('\n') : fold(lines);
    if (chomp === '+') return lines.length === 0 ? '' : `${text}\n`;
    const trimmed = text.replace(/\n+$/, '');
    return chomp === '-' || trimmed === '' ? trimmed : `${trimmed}\n`;
  }

  /** The next line that says something. */
  #peek(): Line | undefined {
    if (this.#rest !== undefined) return this.#rest;
    for (; this.#at < this.#source.length; this.#at++) {
      const source = this.#source[this.#at] ?? '';
      const text = source.trim();
      if (text === '' || text.startsWith('#')) continue;
      const number = this.#at + 1;
      const indent = source.length - source.trimStart().length;
      if (source.slice(0, indent).includes('\t')) throw new YamlError(number, 'a tab in the indentation');
      if (text.startsWith('%')) throw new YamlError(number, 'a directive');
      return { number, indent, text };
    }
    return undefined;
  }

  #take(): void {
    if (this.#rest === undefined) this.#at++;
    else {
      // #list took the line itself already.
      this.#rest = undefined;
    }
  }
}

function isItem(text: string): boolean {
  return text === '-' || /^-\s/.test(text);
}

function keyOf(text: string, line: number): string {
  if (text.startsWith('"')) return doubleQuoted(text.slice(1, -1), line);
  return text.startsWith("'") ? singleQuoted(text.slice(1, -1)) : text;
}

/** Lines of `>`: single breaks become spaces, but not around lines that are indented further. */
function fold(lines: readonly string[]): string {
  let text = '';
  lines.forEach((line, index) => {
    const before = lines[index - 1];
    if (before === undefined) text = line;
    else if (line === '') text += '\n';
    else if (/^\s/.test(line) || /^\s/.test(before)) text += `\n${line}`;
    else text += before === '' ? line : ` ${line}`;
  });
  return text;
}

function closed(text: string): boolean {
  let open = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*(?:"|$)|'(?:[^']|'')*(?:'|$)|(?<=\s|^)#[^\n]*|[[\]{}]/gs)) {
    if (token === '[' || token === '{') open++;
    else if (token === ']' || token === '}') open--;
  }
  return open <= 0;
}
