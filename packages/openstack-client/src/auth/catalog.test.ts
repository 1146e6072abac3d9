import { describe, expect, it } from 'vitest';
import { AmbiguousRegionError, EndpointNotFoundError } from '../error/configuration-error.ts';
import { type CatalogService, type EndpointChoice, findEndpoint } from './catalog.ts';
import { versionedEndpoint } from './service-type.ts';

const anywhere: EndpointChoice = { interface: 'public', region: undefined };

function service(type: string, ...endpoints: [kind: string, region: string, url: string][]): CatalogService {
  const made = endpoints.map(([kind, region, url]) => ({ interface: kind, region, url, raw: {} }));
  return { type, name: type, endpoints: made, raw: {} };
}

describe('findEndpoint', () => {
  it.each(['block-storage', 'volumev3', 'volume', 'block-store', 'volumev2'])(
    'finds Cinder under the name %s',
    (type) => {
      const catalog = [service(type, ['public', 'one', 'http://cinder/v3/p'])];
      expect(findEndpoint(catalog, 'block-storage', anywhere)).toBe('http://cinder/v3/p');
    },
  );

  it.each([
    ['block-storage', 'volumev2', 'http://cinder/v2/p'],
    ['block-storage', 'volume', 'http://cinder/v1/p'],
    ['image', 'image', 'http://glance/v1'],
  ] as const)('never takes %s of another version (%s, %s)', (type, name, url) => {
    const catalog = [service(name, ['public', 'one', url])];
    expect(() => findEndpoint(catalog, type, anywhere)).toThrow(EndpointNotFoundError);
  });

  it('takes the endpoint of the right version, also where an older one has the better name', () => {
    const catalog = [
      service('volume', ['public', 'one', 'http://cinder/v1/p']),
      service('volumev2', ['public', 'one', 'http://cinder/v2/p']),
      service('volumev3', ['public', 'one', 'http://cinder/v3/p']),
    ];
    expect(findEndpoint(catalog, 'block-storage', anywhere)).toBe('http://cinder/v3/p');
  });

  it('prefers the official name, but not where it lacks the wanted interface', () => {
    const catalog = [
      service('volumev3', ['public', 'one', 'http://alias-public'], ['internal', 'one', 'http://alias-internal']),
      service('block-storage', ['public', 'one', 'http://official-public']),
    ];
    expect(findEndpoint(catalog, 'block-storage', anywhere)).toBe('http://official-public');
    const internal: EndpointChoice = { interface: 'internal', region: undefined };
    expect(findEndpoint(catalog, 'block-storage', internal)).toBe('http://alias-internal');
  });

  it('refuses to guess between regions, and takes the chosen one', () => {
    const catalog = [service('compute', ['public', 'north', 'http://n'], ['public', 'south', 'http://s'])];
    expect(() => findEndpoint(catalog, 'compute', anywhere)).toThrow(AmbiguousRegionError);
    expect(() => findEndpoint(catalog, 'compute', anywhere)).toThrow('regions north, south: choose one');
    expect(findEndpoint(catalog, 'compute', { interface: 'public', region: 'south' })).toBe('http://s');
  });

  it('says of an empty catalog why it may be empty', () => {
    expect(() => findEndpoint([], 'compute', anywhere)).toThrow('is the token scoped to a project?');
  });
});

describe('versionedEndpoint', () => {
  it.each([
    ['network', 'http://n:9696', 'http://n:9696/v2.0'],
    ['network', 'http://n:9696/', 'http://n:9696/v2.0'],
    ['network', 'https://cloud/networking/v2.0/', 'https://cloud/networking/v2.0'],
    ['compute', 'http://c/compute', 'http://c/compute/v2.1'],
    ['compute', 'http://c/v2.1', 'http://c/v2.1'],
    ['block-storage', 'http://b/v3/0123', 'http://b/v3/0123'],
    ['compute', 'http://c/v2/0123', 'http://c/v2.1/0123'],
    ['identity', 'http://k:5000', 'http://k:5000/v3'],
    ['identity', 'http://k:5000/v2.0/', 'http://k:5000/v3'],
    ['identity', 'http://k:5000/v3/?x=1#y', 'http://k:5000/v3'],
  ] as const)('%s at %s is %s', (type, given, expected) => {
    expect(versionedEndpoint(type, new URL(given)).href).toBe(expected);
  });
});
