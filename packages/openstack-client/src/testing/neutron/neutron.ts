import type { WireRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import type { FakeServiceDefinition } from '../http/fake-service.ts';
import { Fault } from '../http/fault.ts';
import { isAdmin } from '../keystone/model.ts';
import type { NeutronDatabase } from './database.ts';
import type { FakeNetwork, FakePort } from './model.ts';

/** Neutron v2.0: networks and ports. Provider attributes and bindings are for admins only. */
export function neutron(database: NeutronDatabase): FakeServiceDefinition {
  const visiblePorts = (request: FakeRequest): FakePort[] =>
    database.ports().filter((port) => isAdmin(request.token) || port.projectId === request.token?.project.id);
  /** Networks are shared, but a role that reads is needed; `service` alone is none. */
  const visibleNetworks = (request: FakeRequest): FakeNetwork[] => {
    const reads = request.token?.roles.some((role) => role === 'admin' || role === 'member' || role === 'reader');
    return reads === true ? database.networks() : [];
  };
  return {
    name: 'network',
    isPublic: (_, path) => path === '/',
    faultBody: ({ kind, message }) => ({ NeutronError: { type: kind, message, detail: '' } }),
    routes: {
      'GET /': (request) => ({
        status: 200,
        body: {
          versions: [{ id: 'v2.0', status: 'CURRENT', links: [{ rel: 'self', href: `${request.origin}/v2.0/` }] }],
        },
      }),
      'GET /v2.0/networks': (request) => ({
        status: 200,
        body: {
          networks: visibleNetworks(request)
            .map((network) => writeNetwork(request, network))
            .filter((network) => fits(request, network)),
        },
      }),
      'GET /v2.0/networks/:id': (request, parameter) => {
        const network = visibleNetworks(request).find(({ id }) => id === parameter('id'));
        if (network === undefined) {
          throw new Fault(404, 'NetworkNotFound', `Network ${parameter('id')} could not be found.`);
        }
        return { status: 200, body: { network: writeNetwork(request, network) } };
      },
      'GET /v2.0/ports': (request) => ({
        status: 200,
        body: {
          ports: visiblePorts(request)
            .map((port) => writePort(request, port))
            .filter((port) => fits(request, port)),
        },
      }),
      'GET /v2.0/ports/:id': (request, parameter) => {
        const port = visiblePorts(request).find(({ id }) => id === parameter('id'));
        if (port === undefined) throw new Fault(404, 'PortNotFound', `Port ${parameter('id')} could not be found.`);
        return { status: 200, body: { port: writePort(request, port) } };
      },
    },
  };
}

/** Neutron filters by any attribute. */
function fits(request: FakeRequest, item: WireRecord): boolean {
  return [...request.query].every(([name, value]) => !(name in item) || String(item[name]) === value);
}

const BORN = '2026-01-01T00:00:00Z';

function writeNetwork(request: FakeRequest, network: FakeNetwork): WireRecord {
  return {
    id: network.id,
    name: network.name,
    tenant_id: network.projectId,
    admin_state_up: true,
    mtu: 1500,
    status: 'ACTIVE',
    subnets: network.cidr === '' ? [] : [network.subnetId],
    shared: true,
    availability_zone_hints: [],
    availability_zones: ['nova'],
    ipv4_address_scope: null,
    ipv6_address_scope: null,
    'router:external': false,
    description: '',
    port_security_enabled: true,
    tags: [],
    created_at: BORN,
    updated_at: BORN,
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

function writePort(request: FakeRequest, port: FakePort): WireRecord {
  return {
    id: port.id,
    name: '',
    network_id: port.networkId,
    tenant_id: port.projectId,
    mac_address: port.macAddress,
    admin_state_up: true,
    status: port.hostId === undefined ? 'DOWN' : 'ACTIVE',
    device_id: port.deviceId,
    device_owner: 'compute:nova',
    fixed_ips: port.fixedIps.map(({ subnetId, ipAddress }) => ({ subnet_id: subnetId, ip_address: ipAddress })),
    allowed_address_pairs: [],
    extra_dhcp_opts: [],
    security_groups: [],
    description: '',
    'binding:vnic_type': 'normal',
    ...(isAdmin(request.token)
      ? {
          'binding:profile': {},
          'binding:host_id': port.hostId ?? '',
          'binding:vif_type': port.hostId === undefined ? 'unbound' : 'ovs',
          'binding:vif_details': {},
        }
      : {}),
    port_security_enabled: true,
    tags: [],
    created_at: BORN,
    updated_at: BORN,
    revision_number: 4,
    project_id: port.projectId,
  };
}
