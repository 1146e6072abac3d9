import { OpenStackService } from '../service/openstack-service.ts';
import type { ServiceContext } from '../service/service-client.ts';
import { SecretsApi } from './secrets/api.ts';

/** Barbican v1. */
export class KeyManagerService extends OpenStackService {
  readonly secrets: SecretsApi;

  constructor(context: ServiceContext) {
    super('key-manager', context);
    this.secrets = new SecretsApi(this.client);
  }
}
