import { OpenStackError, type OpenStackErrorFacts } from './openstack-error.ts';

/** What one waits for will never come: the resource went into an error state. `fault` has the service's reason. */
export class ResourceFailedError extends OpenStackError {
  override readonly name = 'ResourceFailedError';
  constructor(message: string, facts: OpenStackErrorFacts) {
    super('resource_failed', message, facts);
  }
}
