import { ServiceClient, type ServiceContext } from '../service/service-client.ts';
import { FlavorsApi } from './flavors/api.ts';
import { ServersApi } from './servers/api.ts';

/** Nova v2.1. */
export class ComputeService {
  readonly servers: ServersApi;
  readonly flavors: FlavorsApi;

  constructor(context: ServiceContext) {
    const service = new ServiceClient('compute', context);
    this.servers = new ServersApi(service);
    this.flavors = new FlavorsApi(service);
  }
}
