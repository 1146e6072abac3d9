import type { WireReader } from '../../wire/reader.ts';
import type { Endpoint, EndpointCreate } from './model.ts';

export function parseEndpoint(endpoint: WireReader): Endpoint {
  return {
    id: endpoint.string('id'),
    serviceId: endpoint.string('service_id'),
    interface: endpoint.string('interface'),
    region: endpoint.optionalString('region_id') ?? endpoint.optionalString('region'),
    url: endpoint.string('url'),
    enabled: endpoint.booleanOr('enabled', true),
    raw: endpoint.raw,
  };
}

export function writeEndpoint(endpoint: Partial<EndpointCreate>): object {
  const { serviceId: service_id, region: region_id, interface: which, url, enabled } = endpoint;
  return { service_id, region_id, interface: which, url, enabled };
}
