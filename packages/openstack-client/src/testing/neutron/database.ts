import { randomBytes, randomUUID } from 'node:crypto';
import { Table } from '../table.ts';
import { defaultPool, freeAddress } from './addresses.ts';
import type {
  FakeAgent,
  FakeNetwork,
  FakePort,
  FakeSecurityGroup,
  FakeSecurityGroupRule,
  FakeSubnet,
} from './model.ts';

export interface NewNetwork {
  readonly name: string;
  /** Default `vlan`. */
  readonly type?: string | undefined;
  readonly physicalNetwork?: string | undefined;
  readonly segmentationId?: number | undefined;
  /** One subnet, its pool from .50 to .200. Default 10.0.0.0/24: tenants may overlap. Null: ports get no address. */
  readonly cidr?: string | null | undefined;
  /** Name. Default: the admin's; networks are shared by all. */
  readonly project?: string | undefined;
}

/** Neutron's tables. */
export class NeutronDatabase {
  readonly networkTable: Table<FakeNetwork> = new Table();
  readonly subnets: Table<FakeSubnet> = new Table();
  readonly portTable: Table<FakePort> = new Table();
  readonly securityGroups: Table<FakeSecurityGroup> = new Table();
  readonly securityGroupRules: Table<FakeSecurityGroupRule> = new Table();
  readonly agents: Table<FakeAgent> = new Table();

  /** A shared network with one subnet. */
  addNetwork(network: NewNetwork, projectId: string): FakeNetwork {
    const row = this.networkTable.save({
      id: randomUUID(),
      name: network.name,
      type: network.type ?? 'vlan',
      physicalNetwork: network.physicalNetwork,
      segmentationId: network.segmentationId,
      projectId,
      ...{ description: '', mtu: 1500, shared: true, adminStateUp: true, portSecurityEnabled: true },
    });
    const cidr = network.cidr === undefined ? '10.0.0.0/24' : network.cidr;
    if (cidr === null) return row;
    const isIpv6 = cidr.includes(':');
    const prefix = cidr.split('.').slice(0, 3).join('.');
    this.subnets.save({
      ...{ id: randomUUID(), name: `${network.name}-subnet`, networkId: row.id, projectId, cidr },
      ...{ ipVersion: isIpv6 ? 6 : 4, gatewayIp: null, dhcpEnabled: true, dnsNameservers: [] },
      allocationPools: [isIpv6 ? defaultPool(cidr) : { start: `${prefix}.50`, end: `${prefix}.200` }],
    });
    return row;
  }

  network(id: string): FakeNetwork | undefined {
    return this.networkTable.get(id);
  }

  networks(): FakeNetwork[] {
    return this.networkTable.all();
  }

  subnetsOf(networkId: string): FakeSubnet[] {
    return this.subnets.all().filter((subnet) => subnet.networkId === networkId);
  }

  /** A server's port, bound if it has a host; its address is the first free one of the network's first subnet. */
  addPort(network: FakeNetwork, deviceId: string, projectId: string, hostId: string | undefined): FakePort {
    const [subnet] = this.subnetsOf(network.id);
    const address = subnet === undefined ? undefined : this.freeAddress(subnet);
    return this.portTable.save({
      ...this.newPort(network, projectId),
      fixedIps: subnet === undefined || address === undefined ? [] : [{ subnetId: subnet.id, ipAddress: address }],
      deviceId,
      deviceOwner: 'compute:nova',
      hostId,
    });
  }

  /** Without address, and not saved. */
  newPort(network: FakeNetwork, projectId: string): FakePort {
    return {
      id: randomUUID(),
      name: '',
      networkId: network.id,
      macAddress: `fa:16:3e:${[...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`,
      ...{ fixedIps: [], deviceId: '', deviceOwner: '', projectId, adminStateUp: true, portSecurityEnabled: true },
      ...{ securityGroupIds: [], vnicType: 'normal', profile: {}, hostId: undefined },
    };
  }

  freeAddress(subnet: FakeSubnet): string | undefined {
    return freeAddress(
      subnet,
      this.ports().filter(({ networkId }) => networkId === subnet.networkId),
    );
  }

  ports(): FakePort[] {
    return this.portTable.all();
  }

  bindPortsOf(deviceId: string, hostId: string | undefined): void {
    for (const port of this.ports()) if (port.deviceId === deviceId) this.portTable.save({ ...port, hostId });
  }

  removePortsOf(deviceId: string): void {
    for (const port of this.ports()) if (port.deviceId === deviceId) this.portTable.delete(port.id);
  }

  /** The Open vSwitch agent of a compute host. Nothing happens when it is there already. */
  addAgent(host: string): void {
    if (this.agents.find((agent) => agent.host === host) !== undefined) return;
    const binary = 'neutron-openvswitch-agent';
    this.agents.save({ id: randomUUID(), type: 'Open vSwitch agent', binary, host, adminStateUp: true });
  }
}
