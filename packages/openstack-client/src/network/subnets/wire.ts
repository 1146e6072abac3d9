import type { WireReader } from '../../wire/reader.ts';
import type { Subnet, SubnetCreate, SubnetUpdate } from './model.ts';

export function parseSubnet(subnet: WireReader): Subnet {
  return {
    id: subnet.string('id'),
    name: subnet.optionalString('name') || undefined,
    networkId: subnet.string('network_id'),
    projectId: subnet.optionalString('project_id') ?? subnet.optionalString('tenant_id'),
    ipVersion: subnet.integer('ip_version') === 6 ? 6 : 4,
    cidr: subnet.string('cidr'),
    gatewayIp: subnet.optionalString('gateway_ip'),
    dhcpEnabled: subnet.booleanOr('enable_dhcp', false),
    dnsNameservers: subnet.stringsOr('dns_nameservers', []),
    allocationPools: subnet.listOrEmpty('allocation_pools', (pool) => ({
      start: pool.string('start'),
      end: pool.string('end'),
    })),
    raw: subnet.raw,
  };
}

export function writeSubnetUpdate(subnet: SubnetUpdate): object {
  return {
    name: subnet.name,
    gateway_ip: subnet.gatewayIp,
    enable_dhcp: subnet.dhcpEnabled,
    dns_nameservers: subnet.dnsNameservers,
    allocation_pools: subnet.allocationPools,
  };
}

export function writeSubnet(subnet: SubnetCreate): object {
  const { networkId: network_id, cidr, projectId: project_id } = subnet;
  const ip_version = subnet.ipVersion ?? (cidr.includes(':') ? 6 : 4);
  return { network_id, cidr, ip_version, project_id, ...writeSubnetUpdate(subnet) };
}
