import { isDeepStrictEqual } from 'node:util';
import type { IorcldConfiguration } from '../configuration/configuration.ts';

/** What a reload takes over. TLS files are read again also where their names are the same. */
const RELOADABLE: ReadonlySet<string> = new Set([
  '[DEFAULT] log_format',
  '[DEFAULT] log_level',
  '[api] tls_cert_file',
  '[api] tls_key_file',
  '[api] token_cache_seconds',
  '[api] requests_per_second',
  '[api] metrics_allowed_addresses',
  '[reconcile] interval_seconds',
]);

/** Options whose values differ: those that a reload takes over, and those that need a new start. */
export interface ChangedOptions {
  readonly reloadable: readonly string[];
  readonly fixed: readonly string[];
}

/** Compares two readings of the configuration, option by option. */
export function changedOptions(before: IorcldConfiguration, after: IorcldConfiguration): ChangedOptions {
  const old = options(before);
  const now = options(after);
  const changed = [...new Set([...old.keys(), ...now.keys()])].filter(
    (name) => !isDeepStrictEqual(old.get(name), now.get(name)),
  );
  // From plain HTTP to HTTPS, or back, needs another server.
  const switched = (before.api.tls_cert_file === undefined) !== (after.api.tls_cert_file === undefined);
  const { reloadable = [], fixed = [] } = Object.groupBy(changed, (name) =>
    RELOADABLE.has(name) && !(switched && name.startsWith('[api] tls_')) ? 'reloadable' : 'fixed',
  );
  return { reloadable, fixed };
}

function options(configuration: IorcldConfiguration): ReadonlyMap<string, unknown> {
  return new Map(
    Object.entries(configuration).flatMap(([section, values]) =>
      Object.entries(values).map(([option, value]): [string, unknown] => [`[${section}] ${option}`, value]),
    ),
  );
}
