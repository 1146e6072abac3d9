import { isDeepStrictEqual } from 'node:util';

/** A claim of the demo turned out to be false. */
class FalseClaim extends Error {
  override readonly name = 'FalseClaim';
}

/** Tells the story: chapters, remarks, and claims that are printed only after they were checked. */
export interface Narrator {
  chapter(title: string): void;
  remark(text: string): void;
  /** Shows what a program printed. */
  quote(text: string): void;
  /** Checks, then prints. Throws {@link FalseClaim} where `actual` is not `expected`. */
  claim(text: string, actual: unknown, expected?: unknown): void;
  /** How many claims were checked. */
  readonly claims: number;
}

const STYLE = { bold: '1', dim: '2', green: '32', cyan: '36' } as const;

/** @param environment whose `NO_COLOR` turns colours off, see https://no-color.org */
export function createNarrator(
  stream: NodeJS.WritableStream & { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Narrator {
  const colour = stream.isTTY === true && (environment['NO_COLOR'] ?? '') === '';
  const paint = (style: keyof typeof STYLE, text: string): string =>
    colour ? `\x1b[${STYLE[style]}m${text}\x1b[0m` : text;
  const print = (text: string): void => void stream.write(`${text}\n`);
  let chapters = 0;
  let claims = 0;
  return {
    chapter: (title) => {
      chapters++;
      print(`\n${paint('bold', paint('cyan', `${chapters}. ${title}`))}`);
    },
    remark: (text) => print(`   ${text}`),
    quote: (text) => {
      for (const line of text.trimEnd().split('\n')) print(`     ${paint('dim', line)}`);
    },
    claim: (text, actual, expected = true) => {
      if (!isDeepStrictEqual(actual, expected)) {
        throw new FalseClaim(`${text}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(actual)}`);
      }
      claims++;
      print(`   ${paint('green', '✓')} ${text}`);
    },
    get claims() {
      return claims;
    },
  };
}
