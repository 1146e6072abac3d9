import type { CallOptions } from '../call-options.ts';
import { MalformedAnswerError } from '../error/exchange-error.ts';
import { OpenStackError } from '../error/openstack-error.ts';
import type { WireReader } from '../wire/reader.ts';
import type { WireRecord } from '../wire/record.ts';
import type { ServiceClient } from './service-client.ts';

/** What a service says about the version of its API that this client uses. */
export interface ApiVersion {
  /** For instance `v2.1`. */
  readonly id: string;
  /** `CURRENT`, `SUPPORTED`, `DEPRECATED`, …; Keystone says `stable`. */
  readonly status: string;
  /** Undefined: the service has no microversions. */
  readonly minMicroversion: string | undefined;
  readonly maxMicroversion: string | undefined;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export function parseApiVersion(version: WireReader): ApiVersion {
  const word = (key: string): string | undefined => version.optionalString(key) || undefined;
  return {
    id: version.string('id'),
    status: version.string('status'),
    minMicroversion: word('min_version'),
    // Keystone and Nova tell the same by different names across releases.
    maxMicroversion: word('max_version') ?? word('version'),
    raw: version.raw,
  };
}

function parseVersions(answer: WireReader): ApiVersion[] {
  if (answer.has('version')) return [parseApiVersion(answer.object('version'))];
  return answer.listOrEmpty('versions', parseApiVersion);
}

/**
 * Asks a service for its versions: below the endpoint's version first, then at its root, since Neutron and Glance tell them
 * only there.
 *
 * @see https://specs.openstack.org/openstack/api-sig/guidelines/consuming-catalog/version-discovery.html
 */
export async function discoverVersion(
  service: ServiceClient,
  major: string,
  options: CallOptions = {},
): Promise<ApiVersion> {
  const fits = ({ id }: ApiVersion): boolean => id === major || id.split('.')[0] === major.split('.')[0];
  for (const place of ['version', 'root'] as const) {
    let versions: ApiVersion[];
    try {
      versions = await service.versionDocument(place, parseVersions, options);
    } catch (error) {
      if (place === 'root' || !(error instanceof OpenStackError) || error.retryable || error.code === 'aborted') {
        throw error;
      }
      continue;
    }
    const found = versions.find(({ id }) => id === major) ?? versions.find(fits);
    if (found !== undefined) return found;
  }
  const message = `${service.type}: the documents at the endpoint and at its root name no version ${major}`;
  throw new MalformedAnswerError(message, { service: service.type });
}

/** Whether a microversion lies within a range; `2.100` is newer than `2.99`. */
export function isWithin(microversion: string, { minMicroversion, maxMicroversion }: ApiVersion): boolean {
  if (minMicroversion === undefined || maxMicroversion === undefined) return false;
  return compare(minMicroversion, microversion) <= 0 && compare(microversion, maxMicroversion) <= 0;
}

function compare(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA - majorB || minorA - minorB;
}
