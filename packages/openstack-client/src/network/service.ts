import { OpenStackService } from '../service/openstack-service.ts';
import type { ServiceContext } from '../service/service-client.ts';
import { NetworksApi } from './networks/api.ts';
import { PortsApi } from './ports/api.ts';

/** Neutron v2.0. */
export class NetworkService extends OpenStackService {
  readonly networks: NetworksApi;
  readonly ports: PortsApi;

  constructor(context: ServiceContext) {
    super('network', context);
    this.networks = new NetworksApi(this.client);
    this.ports = new PortsApi(this.client);
  }
}
