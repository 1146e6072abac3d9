import { isRecord, type WireRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import { Fault } from '../http/fault.ts';
import type { RouteTable } from '../http/routes.ts';
import { isAdmin } from '../keystone/model.ts';
import { isInSubnet } from './addresses.ts';
import type { NeutronDatabase } from './database.ts';
import type { FakeNetwork, FakePort } from './model.ts';
import { networkResourceRoutes, requireAdminFor } from './resource.ts';
import { BORN, booleanOr, textOr, textsOr } from './values.ts';

/** `/ports`. Bindings are for admins only; a host without agent can't be bound to. */
export function portRoutes(database: NeutronDatabase): RouteTable {
  return networkResourceRoutes<FakePort>({
    path: 'ports',
    one: 'port',
    missing: { type: 'PortNotFound', message: (id) => `Port ${id} could not be found.` },
    rows: database.portTable,
    write: (request, port) => write(request, port, database),
    read: (request, fields, before) => {
      const action = before === undefined ? 'create_port' : 'update_port';
      requireAdminFor(request, action, fields, ['binding:host_id', 'binding:profile']);
      const networkId = before?.networkId ?? textOr(fields, 'network_id', '');
      const network = database.network(networkId);
      if (network === undefined) throw new Fault(404, 'NetworkNotFound', `Network ${networkId} could not be found.`);
      const projectId = textOr(fields, 'project_id', request.token?.project.id ?? '');
      const port = before ?? database.newPort(network, projectId);
      const profile = fields['binding:profile'];
      const host = textOr(fields, 'binding:host_id', port.hostId ?? '');
      return {
        ...port,
        name: textOr(fields, 'name', port.name),
        macAddress: textOr(fields, 'mac_address', port.macAddress),
        deviceId: textOr(fields, 'device_id', port.deviceId),
        deviceOwner: textOr(fields, 'device_owner', port.deviceOwner),
        fixedIps: addresses(database, network, fields['fixed_ips'], before),
        adminStateUp: booleanOr(fields, 'admin_state_up', port.adminStateUp),
        portSecurityEnabled: booleanOr(fields, 'port_security_enabled', port.portSecurityEnabled),
        securityGroupIds: textsOr(fields, 'security_groups', port.securityGroupIds),
        vnicType: textOr(fields, 'binding:vnic_type', port.vnicType),
        profile: isRecord(profile) ? profile : port.profile,
        hostId: host === '' ? undefined : host,
      };
    },
    remove: () => undefined,
  });
}

/** What is wished for, or one of each of the network's first subnets of a family. */
function addresses(
  database: NeutronDatabase,
  network: FakeNetwork,
  wanted: unknown,
  before: FakePort | undefined,
): FakePort['fixedIps'] {
  const subnets = database.subnetsOf(network.id);
  if (!Array.isArray(wanted)) {
    if (before !== undefined) return before.fixedIps;
    const [subnet] = subnets;
    const ipAddress = subnet === undefined ? undefined : database.freeAddress(subnet);
    return subnet === undefined || ipAddress === undefined ? [] : [{ subnetId: subnet.id, ipAddress }];
  }
  return wanted.filter(isRecord).map((wish) => {
    const subnet = subnets.find(({ id, cidr }) =>
      wish['subnet_id'] === undefined ? isInSubnet(String(wish['ip_address']), cidr) : id === wish['subnet_id'],
    );
    if (subnet === undefined) throw new Fault(400, 'InvalidInput', 'Invalid input for operation: no such subnet.');
    const ipAddress = typeof wish['ip_address'] === 'string' ? wish['ip_address'] : database.freeAddress(subnet);
    if (ipAddress === undefined || !isInSubnet(ipAddress, subnet.cidr)) {
      const message = `IP address ${ipAddress} is not a valid IP for the specified subnet.`;
      throw new Fault(400, 'InvalidIpForSubnet', message);
    }
    const others = database.ports().filter(({ id, networkId }) => networkId === network.id && id !== before?.id);
    if (others.some((port) => port.fixedIps.some((ip) => ip.ipAddress === ipAddress))) {
      const message = `IP address ${ipAddress} already allocated in subnet ${subnet.id}`;
      throw new Fault(409, 'IpAddressAlreadyAllocated', message);
    }
    return { subnetId: subnet.id, ipAddress };
  });
}

function write(request: FakeRequest, port: FakePort, database: NeutronDatabase): WireRecord {
  const hasAgent = database.agents.find(({ host }) => host === port.hostId) !== undefined;
  const isServers = port.deviceOwner.startsWith('compute:');
  const vifType = port.hostId === undefined ? 'unbound' : hasAgent || isServers ? 'ovs' : 'binding_failed';
  return {
    id: port.id,
    name: port.name,
    network_id: port.networkId,
    tenant_id: port.projectId,
    mac_address: port.macAddress,
    admin_state_up: port.adminStateUp,
    status: port.hostId !== undefined && isServers ? 'ACTIVE' : 'DOWN',
    device_id: port.deviceId,
    device_owner: port.deviceOwner,
    fixed_ips: port.fixedIps.map(({ subnetId, ipAddress }) => ({ subnet_id: subnetId, ip_address: ipAddress })),
    allowed_address_pairs: [],
    extra_dhcp_opts: [],
    security_groups: port.securityGroupIds,
    description: '',
    'binding:vnic_type': port.vnicType,
    ...(isAdmin(request.token)
      ? {
          'binding:profile': port.profile,
          'binding:host_id': port.hostId ?? '',
          'binding:vif_type': vifType,
          'binding:vif_details': {},
        }
      : {}),
    port_security_enabled: port.portSecurityEnabled,
    tags: [],
    ...BORN,
    revision_number: 4,
    project_id: port.projectId,
  };
}
