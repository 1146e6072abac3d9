/** Who connects to an instance's exports: its compute host, or the guest itself. */
export type IoMode = 'host' | 'guest';

/** How an instance's volumes go through the I/O host. */
export interface IoPolicy {
  readonly mode: IoMode;
  /** Network (name or id) over which the exports are reached; undefined: the instance's only eligible one. */
  readonly network: string | undefined;
}

/** A key of the `io:` namespace that can't be honoured. */
export interface Refusal {
  readonly key: string;
  readonly value: string;
  /** A whole sentence for the operator: key, value, what was expected. */
  readonly message: string;
}

export type Decision =
  | { readonly kind: 'stock' }
  | { readonly kind: 'io'; readonly policy: IoPolicy }
  | { readonly kind: 'refused'; readonly refusals: readonly Refusal[] };

const TRUE = new Set(['1', 't', 'true', 'on', 'y', 'yes']);
const FALSE = new Set(['0', 'f', 'false', 'off', 'n', 'no']);

/**
 * Reads a boolean as OpenStack does (`oslo_utils.strutils.bool_from_string`, strict): case and surrounding white space
 * don't matter. Undefined: not a boolean.
 */
export function parseOpenStackBoolean(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (TRUE.has(word)) return true;
  if (FALSE.has(word)) return false;
  return undefined;
}

const KNOWN_KEYS = ['io:enabled', 'io:mode', 'io:network'] as const;
type KnownKey = (typeof KNOWN_KEYS)[number];

function isKnownKey(key: string): key is KnownKey {
  return (KNOWN_KEYS as readonly string[]).includes(key);
}

/**
 * Decides from a flavor's extra specs (Compute API 2.47+, `flavor.extra_specs`) how the instance's volumes attach.
 *
 * Only keys that begin with exactly `io:` matter. All of them are read even when `io:enabled` is false: a flavor with a
 * mistake in it is refused, never guessed at.
 */
export function decide(extraSpecs: Readonly<Record<string, string>>): Decision {
  const refusals: Refusal[] = [];
  const specs = new Map<KnownKey, string>();
  for (const [key, value] of Object.entries(extraSpecs)) {
    if (!key.startsWith('io:')) continue;
    if (isKnownKey(key)) specs.set(key, value);
    else
      refusals.push({
        key,
        value,
        message: `Flavor extra spec ${key}=${value} is unknown; known keys are ${KNOWN_KEYS.join(', ')}.`,
      });
  }
  const enabled = readEnabled(specs.get('io:enabled'), refusals);
  const mode = readMode(specs.get('io:mode'), refusals);
  const network = readNetwork(specs.get('io:network'), refusals);
  if (refusals.length > 0) return { kind: 'refused', refusals };
  return enabled ? { kind: 'io', policy: { mode, network } } : { kind: 'stock' };
}

function readEnabled(value: string | undefined, refusals: Refusal[]): boolean {
  if (value === undefined) return false;
  const enabled = parseOpenStackBoolean(value);
  if (enabled === undefined) {
    refusals.push({
      key: 'io:enabled',
      value,
      message: `Flavor extra spec io:enabled=${value} is not a boolean; expected one of true, yes, on, 1, false, no, off, 0.`,
    });
  }
  return enabled ?? false;
}

function readMode(value: string | undefined, refusals: Refusal[]): IoMode {
  if (value === undefined) return 'host';
  const word = value.trim().toLowerCase();
  if (word === 'host' || word === 'guest') return word;
  refusals.push({
    key: 'io:mode',
    value,
    message: `Flavor extra spec io:mode=${value} is unknown; expected host or guest.`,
  });
  return 'host';
}

function readNetwork(value: string | undefined, refusals: Refusal[]): string | undefined {
  if (value === undefined) return undefined;
  const network = value.trim();
  if (network !== '') return network;
  refusals.push({
    key: 'io:network',
    value,
    message: `Flavor extra spec io:network is empty; expected the name or id of one of the instance's networks.`,
  });
  return undefined;
}
