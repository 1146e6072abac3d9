import { OpenStackError, type OpenStackErrorCode, type OpenStackErrorFacts } from './openstack-error.ts';

/** An option, an environment variable or a credential is missing or unusable. The message names it. */
export class ConfigurationError extends OpenStackError {
  override readonly name: string = 'ConfigurationError';
  constructor(message: string, facts: OpenStackErrorFacts = {}) {
    super('configuration', message, facts);
  }
}

/** The catalog has no endpoint for a service with the wanted interface and region. */
export class EndpointNotFoundError extends OpenStackError {
  override readonly name: string = 'EndpointNotFoundError';
  constructor(message: string, facts: OpenStackErrorFacts = {}, code: OpenStackErrorCode = 'endpoint_not_found') {
    super(code, message, facts);
  }
}

/** The token is for no project, domain or system, so it has no catalog: nothing but Keystone can be reached with it. */
export class UnscopedTokenError extends EndpointNotFoundError {
  override readonly name = 'UnscopedTokenError';
  constructor(message: string, facts: OpenStackErrorFacts = {}) {
    super(message, facts, 'unscoped_token');
  }
}

/** The catalog has endpoints of a service in several regions and no region was chosen. */
export class AmbiguousRegionError extends OpenStackError {
  override readonly name = 'AmbiguousRegionError';
  constructor(message: string, facts: OpenStackErrorFacts = {}) {
    super('ambiguous_region', message, facts);
  }
}
