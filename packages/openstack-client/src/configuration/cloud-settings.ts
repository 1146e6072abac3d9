import { ConfigurationError } from '../error/configuration-error.ts';
import { isRecord, type WireRecord } from '../wire/record.ts';
import type { Settings } from './settings.ts';

/** Settings of a cloud as clouds.yaml writes them: below `auth` or beside it, with `-` or `_`, and by region. */
export function cloudSettings(cloud: WireRecord, place: string, region: string | undefined): Settings {
  const auth = cloud['auth'] ?? {};
  if (!isRecord(auth)) throw new ConfigurationError(`auth of ${place} is not a mapping`);
  const chosen = regionOf(cloud, place, region);
  // Below `auth` wins over beside it; a region's values win over all.
  const beside = textsOf(cloud, place, '', ['auth', 'regions', 'profile', 'cloud', 'region_name', 'region-name']);
  const below = textsOf(auth, place, 'auth.', []);
  const values = new Map([...beside, ...below, ...textsOf(chosen.values, place, 'regions.values.', [])]);
  if (chosen.name !== undefined) values.set('region_name', chosen.name);
  // Old names.
  for (const [old, name] of [['auth_plugin', 'auth_type'] as const, ['auth_token', 'token'] as const]) {
    const value = values.get(old);
    if (value !== undefined && !values.has(name)) values.set(name, value);
  }
  const isBeside = (name: string): boolean => beside.has(name) && !below.has(name);
  return {
    read: (name) => values.get(name) || undefined,
    label: (name) => `${AUTH_KEYS.test(name) && !isBeside(name) ? `auth.${name}` : name} of ${place}`,
    names: [...values.keys()],
  };
}

/** What belongs below `auth` when it is missing. */
const AUTH_KEYS =
  /^(?:auth_url|username|user_|password|token|project_|tenant_|domain_|application_credential_|trust_|system_|endpoint$)/;

/** Numbers and truth values as text; lists and mappings, of which this library needs none, are left out. */
function textsOf(
  record: WireRecord,
  place: string,
  prefix: string,
  others: readonly string[],
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const [key, value] of Object.entries(record)) {
    if (others.includes(key) || value === null || value === undefined) continue;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      texts.set(key.replaceAll('-', '_'), String(value));
    } else if (prefix === 'auth.') {
      throw new ConfigurationError(`auth.${key} of ${place} is not a text`);
    }
  }
  return texts;
}

interface Region {
  readonly name: string | undefined;
  readonly values: WireRecord;
}

/** The region that is wanted, else the cloud's first. */
function regionOf(cloud: WireRecord, place: string, wanted: string | undefined): Region {
  const listed = cloud['regions'];
  if (listed === undefined || listed === null) {
    const own = cloud['region_name'] ?? cloud['region-name'];
    if (own !== undefined && own !== null && typeof own !== 'string') {
      throw new ConfigurationError(`region_name of ${place} is not a text: several belong into regions`);
    }
    return { name: wanted ?? (own || undefined), values: {} };
  }
  if (!Array.isArray(listed)) throw new ConfigurationError(`regions of ${place} is not a list`);
  const regions = listed.map((region: unknown): Region => {
    if (typeof region === 'string') return { name: region, values: {} };
    const name = isRecord(region) ? region['name'] : undefined;
    const values = isRecord(region) ? (region['values'] ?? {}) : {};
    if (typeof name === 'string' && isRecord(values)) return { name, values };
    throw new ConfigurationError(`regions of ${place} has an entry that is neither a name nor {name, values}`);
  });
  const found = wanted === undefined ? regions[0] : regions.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  if (wanted === undefined) return { name: undefined, values: {} };
  const names = regions.map(({ name }) => name).join(', ');
  throw new ConfigurationError(`Region "${wanted}" is not among the regions of ${place}: ${names}`);
}
