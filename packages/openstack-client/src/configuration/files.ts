import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '../error/configuration-error.ts';
import { isRecord, type WireRecord } from '../wire/record.ts';
import { parseYaml } from './yaml/parse-yaml.ts';

/** Reads a whole YAML text, for instance `parse` of the package `yaml`. */
export type YamlParse = (text: string) => unknown;

export interface ConfigurationFile {
  readonly path: string;
  readonly content: WireRecord;
}

/** Where files are looked for, first first. */
export function searchPath(env: Readonly<Record<string, string | undefined>>, workingDirectory: string): string[] {
  const home = env['HOME'] || homedir();
  const config = env['XDG_CONFIG_HOME'] || join(home, '.config');
  return [
    ...new Set([workingDirectory, join(config, 'openstack'), join(home, '.config', 'openstack'), '/etc/openstack']),
  ];
}

/**
 * The first file that is there, of `first` (a path that a variable gave) and then, in each directory, `NAME.yaml`,
 * `NAME.yml`, `NAME.json`. One that may not be read counts as not there, as in openstacksdk.
 */
export function findFile(
  name: string,
  directories: readonly string[],
  first: string | undefined,
  parse: YamlParse | undefined,
): ConfigurationFile | undefined {
  const paths = directories.flatMap((directory) =>
    ['yaml', 'yml', 'json'].map((ext) => join(directory, `${name}.${ext}`)),
  );
  for (const path of first === undefined ? paths : [first, ...paths]) {
    const text = textOf(path);
    if (text !== undefined) return { path, content: contentOf(path, text, parse) };
  }
  return undefined;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return undefined;
    throw new ConfigurationError(`${path} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function contentOf(path: string, text: string, parse: YamlParse | undefined): WireRecord {
  let content: unknown;
  try {
    content = path.endsWith('.json') ? JSON.parse(text) : (parse ?? parseYaml)(text);
  } catch (error) {
    // Parsers of others quote what they can't read, which may be a password.
    const own = error instanceof Error && error.name === 'YamlError';
    const reason = own ? error.message : `it is not valid ${path.endsWith('.json') ? 'JSON' : 'YAML'}`;
    const hint = own ? " (or give the option parse, for instance the package yaml's)" : '';
    throw new ConfigurationError(`${path}: ${reason}${hint}`);
  }
  if (content === null || content === undefined) return {};
  if (!isRecord(content)) throw new ConfigurationError(`${path}: expected a mapping at its top`);
  return content;
}
