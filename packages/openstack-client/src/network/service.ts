import { ServiceClient, type ServiceContext } from '../service/service-client.ts';
import { NetworksApi } from './networks/api.ts';
import { PortsApi } from './ports/api.ts';

/** Neutron v2.0. */
export class NetworkService {
  readonly networks: NetworksApi;
  readonly ports: PortsApi;

  constructor(context: ServiceContext) {
    const service = new ServiceClient('network', context);
    this.networks = new NetworksApi(service);
    this.ports = new PortsApi(service);
  }
}
