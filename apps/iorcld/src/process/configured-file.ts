import { readFileSync } from 'node:fs';
import { ConfigurationError, describeError } from '@iorcl/service';
import type { IorcldConfiguration } from '../configuration/configuration.ts';

/** Runs what the configuration asked for; what it throws is a mistake in that. */
export function orConfigurationError<T>(section: string, create: () => T): T {
  try {
    return create();
  } catch (cause) {
    throw new ConfigurationError([`${section} ${describeError(cause)}`], cause);
  }
}

/** @throws ConfigurationError naming option and file */
export function readConfigured(option: string, file: string): string {
  return orConfigurationError(`${option} = ${file}:`, () => readFileSync(file, 'utf8'));
}

/** PEM certificate and key of the API, read anew each time; undefined: plain HTTP. */
export function readTls(api: IorcldConfiguration['api']): { readonly cert: string; readonly key: string } | undefined {
  if (api.tls_cert_file === undefined || api.tls_key_file === undefined) return undefined;
  return {
    cert: readConfigured('[api] tls_cert_file', api.tls_cert_file),
    key: readConfigured('[api] tls_key_file', api.tls_key_file),
  };
}
