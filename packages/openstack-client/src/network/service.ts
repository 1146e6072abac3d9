import { OpenStackService } from '../service/openstack-service.ts';
import type { ServiceContext } from '../service/service-client.ts';
import { AgentsApi } from './agents/api.ts';
import { NetworksApi } from './networks/api.ts';
import { PortsApi } from './ports/api.ts';
import { SecurityGroupRulesApi } from './security-group-rules/api.ts';
import { SecurityGroupsApi } from './security-groups/api.ts';
import { SubnetsApi } from './subnets/api.ts';

/** Neutron v2.0. */
export class NetworkService extends OpenStackService {
  readonly networks: NetworksApi;
  readonly subnets: SubnetsApi;
  readonly ports: PortsApi;
  readonly agents: AgentsApi;
  readonly securityGroups: SecurityGroupsApi;
  readonly securityGroupRules: SecurityGroupRulesApi;

  constructor(context: ServiceContext) {
    super('network', context);
    this.networks = new NetworksApi(this.client);
    this.subnets = new SubnetsApi(this.client);
    this.ports = new PortsApi(this.client);
    this.agents = new AgentsApi(this.client);
    this.securityGroups = new SecurityGroupsApi(this.client);
    this.securityGroupRules = new SecurityGroupRulesApi(this.client);
  }
}
