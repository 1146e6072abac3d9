import * as z from 'zod';

/** An option's type: parses the text of a configuration file. `.default()` and `.optional()` make it not required. */
export type Option<T> = z.ZodType<T, string>;

const TRUE = ['1', 't', 'true', 'on', 'y', 'yes'];
const FALSE = ['0', 'f', 'false', 'off', 'n', 'no'];

/** Any text that isn't empty. */
function string(): Option<string> {
  return z.string().min(1, 'expected a value, found nothing');
}

/** A decimal integer within bounds. */
function integer(bounds: { readonly min?: number; readonly max?: number } = {}): Option<number> {
  const min = bounds.min ?? Number.MIN_SAFE_INTEGER;
  const max = bounds.max ?? Number.MAX_SAFE_INTEGER;
  return z
    .string()
    .refine((text) => /^[+-]?\d+$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `expected an integer${bounds.min === undefined && bounds.max === undefined ? '' : ` from ${bounds.min ?? '-∞'} to ${bounds.max ?? '∞'}`}`,
    })
    .transform(Number);
}

/** A boolean in any of OpenStack's spellings. */
function boolean(): Option<boolean> {
  return z
    .string()
    .refine((text) => [...TRUE, ...FALSE].includes(text.toLowerCase()), { error: 'expected true or false' })
    .transform((text) => TRUE.includes(text.toLowerCase()));
}

/** One of the given words. */
function choice<const T extends string>(words: readonly [T, ...T[]]): Option<T> {
  return z.string().pipe(z.enum(words, { error: `expected one of ${words.join(', ')}` }));
}

/** Comma-separated values, white space around them dropped; empty text is an empty list. */
function list(): Option<readonly string[]> {
  return z.string().transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );
}

/** An absolute path. */
function path(): Option<string> {
  return z.string().refine((text) => text.startsWith('/'), { error: 'expected an absolute path' });
}

/** An http or https URL. */
function url(): Option<string> {
  return z.string().refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    error: 'expected an http:// or https:// URL',
  });
}

/** Anything that a parser makes of the text; what the parser throws says what is wrong. */
function parsed<T>(parse: (text: string) => T): Option<T> {
  return z.string().transform((text, context) => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  });
}

/** The types that options of a configuration file can have. */
export const option: {
  readonly string: typeof string;
  readonly integer: typeof integer;
  readonly boolean: typeof boolean;
  readonly choice: typeof choice;
  readonly list: typeof list;
  readonly path: typeof path;
  readonly url: typeof url;
  readonly parsed: typeof parsed;
} = { string, integer, boolean, choice, list, path, url, parsed };
