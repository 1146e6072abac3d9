import { randomUUID } from 'node:crypto';
import type { WireRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import { Fault } from '../http/fault.ts';
import type { RouteTable } from '../http/routes.ts';
import { isAdmin } from '../keystone/model.ts';
import type { NeutronDatabase } from './database.ts';
import type { FakeNetwork } from './model.ts';
import { networkResourceRoutes, requireAdminFor } from './resource.ts';
import { BORN, booleanOr, textOr } from './values.ts';

const PROVIDER = ['provider:network_type', 'provider:physical_network', 'provider:segmentation_id'];

/** `/networks`. Provider attributes are for admins only. */
export function networkRoutes(database: NeutronDatabase): RouteTable {
  return networkResourceRoutes<FakeNetwork>({
    path: 'networks',
    one: 'network',
    missing: { type: 'NetworkNotFound', message: (id) => `Network ${id} could not be found.` },
    rows: database.networkTable,
    isShared: ({ shared }) => shared,
    write: (request, network) => write(request, network, database),
    read: (request, fields, before) => {
      requireAdminFor(request, before === undefined ? 'create_network' : 'update_network', fields, [
        'shared',
        ...PROVIDER,
      ]);
      const segmentationId = fields['provider:segmentation_id'];
      return {
        id: before?.id ?? randomUUID(),
        name: textOr(fields, 'name', before?.name ?? ''),
        type: textOr(fields, 'provider:network_type', before?.type ?? 'vlan'),
        physicalNetwork: textOr(fields, 'provider:physical_network', before?.physicalNetwork ?? 'physnet1'),
        segmentationId:
          typeof segmentationId === 'number' ? segmentationId : (before?.segmentationId ?? freeId(database)),
        projectId: before?.projectId ?? textOr(fields, 'project_id', request.token?.project.id ?? ''),
        description: textOr(fields, 'description', before?.description ?? ''),
        mtu: typeof fields['mtu'] === 'number' ? fields['mtu'] : (before?.mtu ?? 1500),
        shared: booleanOr(fields, 'shared', before?.shared ?? false),
        adminStateUp: booleanOr(fields, 'admin_state_up', before?.adminStateUp ?? true),
        portSecurityEnabled: booleanOr(fields, 'port_security_enabled', before?.portSecurityEnabled ?? true),
      };
    },
    remove: ({ id }) => {
      const ports = database.ports().filter(({ networkId }) => networkId === id);
      if (ports.length > 0) {
        const ids = ports.map((port) => port.id).join(', ');
        throw new Fault(
          409,
          'NetworkInUse',
          `Unable to complete operation on network ${id}. There are one or more ports still in use on the network, id for these ports is: ${ids}.`,
        );
      }
      for (const subnet of database.subnetsOf(id)) database.subnets.delete(subnet.id);
    },
  });
}

/** Of a network that nobody said a VLAN for. */
function freeId(database: NeutronDatabase): number {
  const taken = new Set(database.networks().map(({ segmentationId }) => segmentationId));
  let id = 1000;
  while (taken.has(id)) id++;
  return id;
}

function write(request: FakeRequest, network: FakeNetwork, database: NeutronDatabase): WireRecord {
  return {
    id: network.id,
    name: network.name,
    tenant_id: network.projectId,
    admin_state_up: network.adminStateUp,
    mtu: network.mtu,
    status: 'ACTIVE',
    subnets: database.subnetsOf(network.id).map(({ id }) => id),
    shared: network.shared,
    availability_zone_hints: [],
    availability_zones: ['nova'],
    ipv4_address_scope: null,
    ipv6_address_scope: null,
    'router:external': false,
    description: network.description,
    port_security_enabled: network.portSecurityEnabled,
    tags: [],
    ...BORN,
    revision_number: 2,
    project_id: network.projectId,
    ...(isAdmin(request.token)
      ? {
          'provider:network_type': network.type,
          'provider:physical_network': network.physicalNetwork ?? null,
          'provider:segmentation_id': network.segmentationId ?? null,
        }
      : {}),
  };
}
