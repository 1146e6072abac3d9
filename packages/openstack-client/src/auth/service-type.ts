/** Official service types of the services that this library knows. */
export type ServiceType = 'identity' | 'compute' | 'block-storage' | 'network' | 'image';

/**
 * The official type and the names that clouds use instead, best first. Cinder's version 2 (`volumev2`) is left out: it
 * has no attachments API.
 *
 * @see https://service-types.openstack.org/service-types.json
 */
const NAMES: Readonly<Record<ServiceType, readonly string[]>> = {
  identity: ['identity'],
  compute: ['compute'],
  'block-storage': ['block-storage', 'volumev3', 'volume', 'block-store'],
  network: ['network'],
  image: ['image'],
};

export const SERVICE_TYPES: readonly ServiceType[] = ['identity', 'compute', 'block-storage', 'network', 'image'];

export function serviceTypeNames(type: ServiceType): readonly string[] {
  return NAMES[type];
}

/** API version that belongs into the path, where the catalog gives the bare host. */
const VERSION_SEGMENT: Readonly<Record<ServiceType, string>> = {
  identity: 'v3',
  compute: 'v2.1',
  'block-storage': 'v3',
  network: 'v2.0',
  image: 'v2',
};

export function versionSegment(type: ServiceType): string {
  return VERSION_SEGMENT[type];
}

/** An endpoint's URL with the API version in its path and without a slash at its end. */
export function versionedEndpoint(type: ServiceType, endpoint: URL): URL {
  const url = new URL(endpoint);
  url.search = '';
  url.hash = '';
  const path = url.pathname.replace(/\/+$/, '');
  const hasVersion = path.split('/').some((segment) => /^v\d+(?:\.\d+)?$/.test(segment));
  url.pathname = hasVersion ? path : `${path}/${VERSION_SEGMENT[type]}`;
  return url;
}
