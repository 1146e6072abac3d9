import type { OpenStackClientOptions } from '../client.ts';
import { ConfigurationError } from '../error/configuration-error.ts';
import { isRecord, type WireRecord } from '../wire/record.ts';
import { cloudSettings } from './cloud-settings.ts';
import { type Environment, environmentSettings } from './environment.ts';
import { type ConfigurationFile, findFile, searchPath, type YamlParse } from './files.ts';
import { mergeCloud, mergeDeep } from './merge.ts';
import { optionsFrom } from './settings.ts';

export interface CloudsOptions {
  /** Name of the cloud. Default OS_CLOUD; then what `OS_*` variables describe; then the only cloud there is. */
  readonly cloud?: string | undefined;
  /** Default OS_REGION_NAME (unless `cloud` is given), then the cloud's own. */
  readonly region?: string | undefined;
  /** Default `process.env`. */
  readonly env?: Environment | undefined;
  /** Default: the current directory, `~/.config/openstack`, `/etc/openstack`. */
  readonly directories?: readonly string[] | undefined;
  /** For files with more of YAML than this library reads: `import { parse } from 'yaml'`. */
  readonly parse?: YamlParse | undefined;
}

/** Variables that choose a cloud but don't describe one. */
const SELECTORS = new Set([
  'OS_CLOUD',
  'OS_REGION_NAME',
  'OS_CLIENT_CONFIG_FILE',
  'OS_CLIENT_SECURE_FILE',
  'OS_CLOUD_NAME',
]);

/**
 * Client options from where OpenStack's own clients look: `clouds.yaml` with `secure.yaml` and the profiles of
 * `clouds-public.yaml`, `OS_CLOUD`, `OS_CLIENT_CONFIG_FILE`, and the `OS_*` variables. Search order and merge rules are
 * openstacksdk's. Throws ConfigurationErrors that name the file, the cloud and the key.
 *
 * @see https://docs.openstack.org/openstacksdk/latest/user/config/configuration.html
 */
export function fromClouds(options: CloudsOptions = {}): OpenStackClientOptions {
  const env = options.env ?? process.env;
  const directories = options.directories ?? searchPath(env, process.cwd());
  const find = (name: string, variable?: string): ConfigurationFile | undefined =>
    findFile(name, directories, variable === undefined ? undefined : env[variable] || undefined, options.parse);

  const file = find('clouds', 'OS_CLIENT_CONFIG_FILE');
  const secure = find('secure', 'OS_CLIENT_SECURE_FILE');
  const clouds = cloudsOf(file, secure);
  const name = options.cloud ?? (env['OS_CLOUD'] || undefined) ?? onlyCloud(env, clouds, file);
  if (name === undefined) {
    const selected = options.region === undefined ? {} : { region: options.region };
    return { ...optionsFrom(environmentSettings(env)), ...selected };
  }
  const own = clouds.get(name);
  if (own === undefined) throw new ConfigurationError(unknownCloud(name, clouds, file, directories));
  const place = `cloud "${name}" in ${file?.path ?? secure?.path ?? ''}`;
  const whole = mergeCloud(
    profileOf(own, place, () => find('clouds-public')),
    own,
  );
  const region = options.region ?? (options.cloud === undefined ? env['OS_REGION_NAME'] || undefined : undefined);
  return optionsFrom(cloudSettings(whole, place, region));
}

/** Clouds by name, those of secure.yaml on top. */
function cloudsOf(
  file: ConfigurationFile | undefined,
  secure: ConfigurationFile | undefined,
): ReadonlyMap<string, WireRecord> {
  const clouds = new Map<string, WireRecord>();
  for (const source of [file, secure]) {
    const all = source?.content['clouds'];
    if (source === undefined || all === undefined || all === null) continue;
    if (!isRecord(all)) throw new ConfigurationError(`${source.path}: clouds is not a mapping`);
    for (const [name, cloud] of Object.entries(all)) {
      if (!isRecord(cloud)) throw new ConfigurationError(`${source.path}: cloud "${name}" is not a mapping`);
      clouds.set(name, mergeDeep(clouds.get(name) ?? {}, cloud));
    }
  }
  return clouds;
}

/** Undefined: what the variables describe. */
function onlyCloud(
  env: Environment,
  clouds: ReadonlyMap<string, WireRecord>,
  file: ConfigurationFile | undefined,
): string | undefined {
  const described = Object.keys(env).some((key) => /^OS_(?!TEST|STD|LOG)/.test(key) && !SELECTORS.has(key) && env[key]);
  if (described || clouds.size === 0) return undefined;
  const [first, ...others] = clouds.keys();
  if (others.length === 0) return first;
  const names = [...clouds.keys()].join(', ');
  throw new ConfigurationError(`${file?.path} has the clouds ${names}: choose one by OS_CLOUD or the option cloud`);
}

function profileOf(own: WireRecord, place: string, vendors: () => ConfigurationFile | undefined): WireRecord {
  // `cloud` is an old name for it.
  const key = own['profile'] === undefined ? 'cloud' : 'profile';
  const name = own[key];
  if (name === undefined || name === null) return {};
  if (typeof name !== 'string') throw new ConfigurationError(`${key} of ${place} is not a name`);
  const file = vendors();
  const all = file?.content['public-clouds'];
  const profile = isRecord(all) ? all[name] : undefined;
  if (isRecord(profile)) return profile;
  const where =
    file === undefined ? 'there is no clouds-public.yaml' : `public-clouds of ${file.path} has no such profile`;
  throw new ConfigurationError(`${key} of ${place} is "${name}", but ${where}`);
}

function unknownCloud(
  name: string,
  clouds: ReadonlyMap<string, WireRecord>,
  file: ConfigurationFile | undefined,
  directories: readonly string[],
): string {
  if (file === undefined) return `Cloud "${name}" is not known: there is no clouds.yaml in ${directories.join(', ')}`;
  const known = clouds.size === 0 ? 'it has none' : `it has ${[...clouds.keys()].join(', ')}`;
  return `Cloud "${name}" is not in ${file.path}: ${known}`;
}
