import type { WireReader } from '../../wire/reader.ts';
import type { Port, PortCreate, PortUpdate } from './model.ts';

export function parsePort(port: WireReader): Port {
  return {
    id: port.string('id'),
    name: nonEmpty(port.optionalString('name')),
    networkId: port.string('network_id'),
    projectId: port.optionalString('project_id') ?? port.optionalString('tenant_id'),
    macAddress: port.string('mac_address').toLowerCase(),
    fixedIps: port.list('fixed_ips', (ip) => ({
      subnetId: ip.string('subnet_id'),
      ipAddress: ip.string('ip_address'),
    })),
    deviceId: nonEmpty(port.optionalString('device_id')),
    deviceOwner: nonEmpty(port.optionalString('device_owner')),
    adminStateUp: port.booleanOr('admin_state_up', true),
    portSecurityEnabled: port.optionalBoolean('port_security_enabled'),
    securityGroupIds: port.stringsOr('security_groups', []),
    hostId: nonEmpty(port.optionalString('binding:host_id')),
    vifType: nonEmpty(port.optionalString('binding:vif_type')),
    vnicType: port.optionalString('binding:vnic_type'),
    vifDetails: port.optionalObject('binding:vif_details')?.raw ?? {},
    profile: port.optionalObject('binding:profile')?.raw ?? {},
    status: port.optionalString('status'),
    raw: port.raw,
  };
}

export function writePortUpdate(port: PortUpdate): object {
  const fixed_ips = port.fixedIps?.map(({ subnetId: subnet_id, ipAddress: ip_address }) => ({ subnet_id, ip_address }));
  return {
    name: port.name,
    admin_state_up: port.adminStateUp,
    device_id: port.deviceId,
    device_owner: port.deviceOwner,
    fixed_ips,
    security_groups: port.securityGroupIds,
    port_security_enabled: port.portSecurityEnabled,
    'binding:vnic_type': port.vnicType,
    'binding:host_id': port.hostId,
    'binding:profile': port.profile,
  };
}

export function writePort(port: PortCreate): object {
  const { networkId: network_id, macAddress: mac_address, projectId: project_id } = port;
  return { network_id, mac_address, project_id, ...writePortUpdate(port) };
}

/** Neutron writes what is not set as an empty string. */
function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
