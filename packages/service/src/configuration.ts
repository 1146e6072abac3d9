import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type * as z from 'zod';
import { type IniEntry, IniSyntaxError, parseIni } from './ini.ts';

/** Section name -> the options it may hold. Keys are option names as operators write them. */
export type Sections = Readonly<Record<string, z.ZodObject>>;

export type Configuration<S extends Sections> = { readonly [K in keyof S]: z.output<S[K]> };

/** The configuration can't be used. `problems` holds a line for each thing that is wrong, all found at once. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly code = 'bad_configuration';
  readonly problems: readonly string[];

  constructor(problems: readonly string[], cause?: unknown) {
    super(`The configuration can't be used:\n${problems.map((line) => `  ${line}`).join('\n')}`, { cause });
    this.problems = problems;
  }
}

/**
 * Reads configuration files in order, later values win, and parses them by `sections`. Unknown sections and options,
 * missing options and bad values are all named with file, line, value and what was expected.
 *
 * @throws ConfigurationError
 */
export function readConfiguration<const S extends Sections>(from: {
  readonly files: readonly string[];
  readonly sections: S;
}): Configuration<S> {
  const problems: string[] = [];
  const entries = from.files.flatMap((file) => readEntries(file));
  const found = new Map<string, IniEntry>();
  for (const entry of entries) {
    const section = from.sections[entry.section];
    const where = `${entry.file}:${entry.line}`;
    if (section === undefined) {
      problems.push(
        `${where}: unknown section [${entry.section}]${nearest(entry.section, Object.keys(from.sections))}`,
      );
    } else if (!Object.hasOwn(section.shape, entry.option)) {
      const known = nearest(entry.option, Object.keys(section.shape));
      problems.push(`${where}: unknown option ${entry.option} in [${entry.section}]${known}`);
    } else {
      found.set(`${entry.section}\n${entry.option}`, entry);
    }
  }
  const result: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(from.sections)) {
    const values: Record<string, string> = {};
    for (const option of Object.keys(schema.shape)) {
      const entry = found.get(`${name}\n${option}`);
      if (entry !== undefined) values[option] = entry.value;
    }
    const parsed = schema.safeParse(values);
    if (parsed.success) result[name] = parsed.data;
    else
      for (const issue of parsed.error.issues)
        problems.push(describe(name, String(issue.path[0]), issue.message, found));
  }
  if (problems.length > 0) throw new ConfigurationError([...new Set(problems)]);
  return result as Configuration<S>;
}

/** The files named by `--config-file` (repeatable) and `--config-dir` (its `*.conf`, sorted), or the default file. */
export function configurationFiles(argv: readonly string[], defaultFile: string): readonly string[] {
  let values: { 'config-file'?: string[]; 'config-dir'?: string[] };
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        'config-file': { type: 'string', multiple: true },
        'config-dir': { type: 'string', multiple: true },
      },
    }));
  } catch (cause) {
    throw new ConfigurationError([cause instanceof Error ? cause.message : String(cause)], cause);
  }
  const files = [...(values['config-file'] ?? [])];
  for (const directory of values['config-dir'] ?? []) {
    files.push(
      ...listDirectory(directory)
        .filter((name) => name.endsWith('.conf'))
        .sort()
        .map((name) => join(directory, name)),
    );
  }
  return files.length > 0 ? files : [defaultFile];
}

function listDirectory(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (cause) {
    throw new ConfigurationError(
      [`${directory}: can't be read: ${cause instanceof Error ? cause.message : cause}`],
      cause,
    );
  }
}

function readEntries(file: string): IniEntry[] {
  try {
    return parseIni(readFileSync(file, 'utf8'), file);
  } catch (cause) {
    if (cause instanceof IniSyntaxError) throw new ConfigurationError([cause.message], cause);
    throw new ConfigurationError([`${file}: can't be read: ${cause instanceof Error ? cause.message : cause}`], cause);
  }
}

function describe(section: string, option: string, message: string, found: ReadonlyMap<string, IniEntry>): string {
  const entry = found.get(`${section}\n${option}`);
  if (entry === undefined) return `[${section}] ${option} is required`;
  const value = /password|secret|token|key$/.test(option) ? '***' : entry.value;
  return `${entry.file}:${entry.line}: [${section}] ${option} = ${value}: ${message}`;
}

function nearest(name: string, known: readonly string[]): string {
  const ranked = known
    .map((word) => ({ word, distance: editDistance(name, word) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.max(2, name.length / 3)
    ? `; did you mean ${best.word}?`
    : `; known: ${known.join(', ')}`;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
