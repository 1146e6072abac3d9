/** Official service types of the services that this library knows. */
export type ServiceType = 'identity' | 'compute' | 'block-storage' | 'network' | 'image' | 'key-manager';

/**
 * The official type and all of its official aliases, best first. The others have none.
 *
 * @see https://service-types.openstack.org/service-types.json
 */
const NAMES: Readonly<Record<ServiceType, readonly string[]>> = {
  identity: ['identity'],
  compute: ['compute'],
  'block-storage': ['block-storage', 'volumev3', 'volume', 'block-store', 'volumev2'],
  network: ['network'],
  image: ['image'],
  'key-manager': ['key-manager'],
};

export const SERVICE_TYPES: readonly ServiceType[] = [
  'identity',
  'compute',
  'block-storage',
  'network',
  'image',
  'key-manager',
];

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
  'key-manager': 'v1',
};

export function versionSegment(type: ServiceType): string {
  return VERSION_SEGMENT[type];
}

const IS_VERSION = /^v\d+(?:\.\d+)?$/;

/**
 * Older versions that the same service has under the same host, and whose URLs old catalogs still give: Keystone 3 stands
 * beside 2.0, and Nova's 2.1 beside 2, which is 2.1 without microversions.
 */
const SUPERSEDED: Readonly<Partial<Record<ServiceType, readonly string[]>>> = {
  identity: ['v2.0'],
  compute: ['v2'],
};

/** Whether an endpoint is, by its path, of a major version that this library doesn't speak: Cinder's v1 and v2, Glance's v1. */
export function isOfOtherVersion(type: ServiceType, url: string): boolean {
  const version = URL.canParse(url)
    ? new URL(url).pathname.split('/').find((part) => IS_VERSION.test(part))
    : undefined;
  return version !== undefined && version.split('.')[0] !== VERSION_SEGMENT[type].split('.')[0] && type !== 'identity';
}

/** An endpoint's URL with the API version in its path and without a slash at its end. */
export function versionedEndpoint(type: ServiceType, endpoint: URL): URL {
  const url = new URL(endpoint);
  url.search = '';
  url.hash = '';
  const segments = url.pathname.replace(/\/+$/, '').split('/');
  const at = segments.findIndex((segment) => IS_VERSION.test(segment));
  const version = segments[at];
  if (version === undefined) segments.push(VERSION_SEGMENT[type]);
  else if (SUPERSEDED[type]?.includes(version)) segments[at] = VERSION_SEGMENT[type];
  url.pathname = segments.join('/');
  return url;
}
