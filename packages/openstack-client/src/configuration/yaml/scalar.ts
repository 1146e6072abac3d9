import { YamlError } from './yaml-error.ts';

export type YamlScalar = string | number | boolean | null;

const WORDS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  // YAML 1.1, as Python's parser reads it.
  ...['true', 'yes', 'on'].flatMap((word) => spellings(word).map((spelling) => [spelling, true] as const)),
  ...['false', 'no', 'off'].flatMap((word) => spellings(word).map((spelling) => [spelling, false] as const)),
]);

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ '0': '\0', a: '\x07', b: '\b', t: '\t', n: '\n', v: '\v', f: '\f', r: '\r', e: '\x1b', ' ': ' ' },
  ...{ '"': '"', '/': '/', '\\': '\\', N: '\x85', _: '\xa0' },
};

/** Text without quotes: a word that means something, a number, or itself. Numbers that would read otherwise stay text. */
export function plainScalar(text: string): YamlScalar {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (/^-?(?:0|[1-9]\d*)$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  return /^-?(?:0|[1-9]\d{0,14})\.\d{1,9}$/.test(text) && String(Number(text)) === text ? Number(text) : text;
}

/** The text between single quotes. */
export function singleQuoted(inner: string): string {
  return inner.replaceAll("''", "'");
}

/** The text between double quotes. */
export function doubleQuoted(inner: string, line: number): string {
  return inner.replace(/\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|(.))/gs, (_, x, u, long, letter) => {
    const code: string | undefined = x ?? u ?? long;
    if (code !== undefined) {
      const point = Number.parseInt(code, 16);
      if (point > 0x10ffff) throw new YamlError(line, 'an escape is beyond Unicode');
      return String.fromCodePoint(point);
    }
    const escaped = ESCAPES[String(letter)];
    if (escaped === undefined) throw new YamlError(line, 'an unknown escape in a quoted text');
    return escaped;
  });
}

function spellings(word: string): string[] {
  return [word, `${word[0]?.toUpperCase()}${word.slice(1)}`, word.toUpperCase()];
}
