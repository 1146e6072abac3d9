import { OpenStackError, type OpenStackErrorFacts } from './openstack-error.ts';

/** An option, an environment variable or a credential is missing or unusable. The message names it. */
export class ConfigurationError extends OpenStackError {
  override readonly name: string = 'ConfigurationError';
  constructor(message: string, facts: OpenStackErrorFacts = {}) {
    super('configuration', message, facts);
  }
}

/** The catalog has no endpoint for a service with the wanted interface and region. */
export class EndpointNotFoundError extends OpenStackError {
  override readonly name = 'EndpointNotFoundError';
  constructor(message: string, facts: OpenStackErrorFacts = {}) {
    super('endpoint_not_found', message, facts);
  }
}

/** The catalog has endpoints of a service in several regions and no region was chosen. */
export class AmbiguousRegionError extends OpenStackError {
  override readonly name = 'AmbiguousRegionError';
  constructor(message: string, facts: OpenStackErrorFacts = {}) {
    super('ambiguous_region', message, facts);
  }
}
