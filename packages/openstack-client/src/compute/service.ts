import { OpenStackService } from '../service/openstack-service.ts';
import type { ServiceContext } from '../service/service-client.ts';
import { FlavorsApi } from './flavors/api.ts';
import { ServersApi } from './servers/api.ts';

/** Nova v2.1. */
export class ComputeService extends OpenStackService {
  readonly servers: ServersApi;
  readonly flavors: FlavorsApi;

  constructor(context: ServiceContext) {
    super('compute', context);
    this.servers = new ServersApi(this.client);
    this.flavors = new FlavorsApi(this.client);
  }
}
