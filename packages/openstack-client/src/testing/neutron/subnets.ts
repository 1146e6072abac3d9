import { randomUUID } from 'node:crypto';
import { isRecord, type WireRecord } from '../../wire/record.ts';
import { Fault } from '../http/fault.ts';
import type { RouteTable } from '../http/routes.ts';
import { defaultGateway, defaultPool, overlap } from './addresses.ts';
import type { NeutronDatabase } from './database.ts';
import type { FakeSubnet } from './model.ts';
import { networkResourceRoutes } from './resource.ts';
import { BORN, booleanOr, textOr, textOrNull, textsOr } from './values.ts';

/** `/subnets`. */
export function subnetRoutes(database: NeutronDatabase): RouteTable {
  return networkResourceRoutes<FakeSubnet>({
    path: 'subnets',
    one: 'subnet',
    missing: { type: 'SubnetNotFound', message: (id) => `Subnet ${id} could not be found.` },
    rows: database.subnets,
    isShared: ({ networkId }) => database.network(networkId)?.shared === true,
    write: (_, subnet) => write(subnet),
    read: (request, fields, before) => {
      const networkId = before?.networkId ?? textOr(fields, 'network_id', '');
      if (database.network(networkId) === undefined) {
        throw new Fault(404, 'NetworkNotFound', `Network ${networkId} could not be found.`);
      }
      const cidr = before?.cidr ?? textOr(fields, 'cidr', '');
      if (before === undefined && database.subnetsOf(networkId).some((subnet) => overlap(subnet.cidr, cidr))) {
        const why = `Requested subnet with cidr: ${cidr} for network: ${networkId} overlaps with another subnet.`;
        throw new Fault(400, 'InvalidInput', `Invalid input for operation: ${why}`);
      }
      return {
        ...{ id: before?.id ?? randomUUID(), networkId, cidr },
        name: textOr(fields, 'name', before?.name ?? ''),
        projectId: before?.projectId ?? textOr(fields, 'project_id', request.token?.project.id ?? ''),
        ipVersion: cidr.includes(':') ? 6 : 4,
        gatewayIp: textOrNull(fields, 'gateway_ip', before === undefined ? defaultGateway(cidr) : before.gatewayIp),
        dhcpEnabled: booleanOr(fields, 'enable_dhcp', before?.dhcpEnabled ?? true),
        dnsNameservers: textsOr(fields, 'dns_nameservers', before?.dnsNameservers ?? []),
        allocationPools: pools(fields['allocation_pools']) ?? before?.allocationPools ?? [defaultPool(cidr)],
      };
    },
    remove: ({ id }) => {
      const inUse = database.ports().some(({ fixedIps }) => fixedIps.some(({ subnetId }) => subnetId === id));
      if (!inUse) return;
      const why = 'One or more ports have an IP allocation from this subnet.';
      throw new Fault(409, 'SubnetInUse', `Unable to complete operation on subnet ${id}: ${why}`);
    },
  });
}

function pools(value: unknown): FakeSubnet['allocationPools'] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.filter(isRecord).map(({ start, end }) => ({ start: String(start), end: String(end) }));
}

function write(subnet: FakeSubnet): WireRecord {
  return {
    id: subnet.id,
    name: subnet.name,
    tenant_id: subnet.projectId,
    network_id: subnet.networkId,
    ip_version: subnet.ipVersion,
    subnetpool_id: null,
    enable_dhcp: subnet.dhcpEnabled,
    ipv6_ra_mode: null,
    ipv6_address_mode: null,
    gateway_ip: subnet.gatewayIp,
    cidr: subnet.cidr,
    allocation_pools: subnet.allocationPools,
    host_routes: [],
    dns_nameservers: subnet.dnsNameservers,
    description: '',
    service_types: [],
    tags: [],
    ...BORN,
    revision_number: 0,
    project_id: subnet.projectId,
  };
}
