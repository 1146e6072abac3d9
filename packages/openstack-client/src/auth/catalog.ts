import { AmbiguousRegionError, EndpointNotFoundError, UnscopedTokenError } from '../error/configuration-error.ts';
import type { WireReader } from '../wire/reader.ts';
import type { WireRecord } from '../wire/record.ts';
import { isOfOtherVersion, type ServiceType, serviceTypeNames } from './service-type.ts';

export type EndpointInterface = 'public' | 'internal' | 'admin';

export interface CatalogEndpoint {
  readonly interface: string;
  readonly region: string | undefined;
  readonly url: string;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

/** One service of Keystone's catalog. */
export interface CatalogService {
  readonly type: string;
  readonly name: string | undefined;
  readonly endpoints: readonly CatalogEndpoint[];
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

/** @see https://docs.openstack.org/api-ref/identity/v3/#get-service-catalog */
export function parseCatalogService(wire: WireReader): CatalogService {
  return {
    type: wire.string('type'),
    name: wire.optionalString('name'),
    endpoints: wire.list('endpoints', parseEndpoint).filter((endpoint) => endpoint !== undefined),
    raw: wire.raw,
  };
}

/** Undefined: it has no URL, which is of no use to anybody, but no reason to fail for the sake of another service. */
function parseEndpoint(wire: WireReader): CatalogEndpoint | undefined {
  const url = wire.optionalString('url');
  if (url === undefined || url === '') return undefined;
  const region = wire.optionalString('region_id') ?? wire.optionalString('region');
  return { interface: wire.string('interface'), region, url, raw: wire.raw };
}

export interface EndpointChoice {
  readonly interface: EndpointInterface;
  /** Undefined: the only region there is. */
  readonly region: string | undefined;
}

/** URL of a service. The first of the service type's names that has a fitting endpoint decides. */
export function findEndpoint(catalog: readonly CatalogService[], type: ServiceType, choice: EndpointChoice): string {
  for (const name of serviceTypeNames(type)) {
    // One of another major version is no use: Cinder's v1 and v2 go by names that v3 has, too.
    const endpoints = catalog
      .filter((service) => service.type === name)
      .flatMap((service) => service.endpoints)
      .filter((endpoint) => endpoint.interface === choice.interface && !isOfOtherVersion(type, endpoint.url))
      .filter((endpoint) => choice.region === undefined || endpoint.region === choice.region);
    const [first] = endpoints;
    if (first === undefined) continue;
    const regions = [...new Set(endpoints.map((endpoint) => endpoint.region ?? '(none)'))];
    if (regions.length > 1) {
      const message = `The catalog has ${type} in the regions ${regions.join(', ')}: choose one with the option region`;
      throw new AmbiguousRegionError(message, { service: type });
    }
    return first.url;
  }
  if (catalog.length === 0) {
    const message = `There is no catalog to find ${type} in: is the token scoped to a project? Or give endpointOverrides`;
    throw new UnscopedTokenError(message, { service: type });
  }
  const wanted = `${choice.interface} endpoint for ${type}${choice.region === undefined ? '' : ` in region ${choice.region}`}`;
  throw new EndpointNotFoundError(`The catalog has no ${wanted}; it has ${contents(catalog)}`, { service: type });
}

function contents(catalog: readonly CatalogService[]): string {
  const services = catalog.map((service) => {
    const places = service.endpoints.map((endpoint) => `${endpoint.interface}@${endpoint.region ?? '(none)'}`);
    return `${service.type} (${[...new Set(places)].join(', ') || 'no endpoint'})`;
  });
  return services.join(', ');
}
