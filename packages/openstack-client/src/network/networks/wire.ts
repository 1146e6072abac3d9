import type { WireReader } from '../../wire/reader.ts';
import type { Network, NetworkCreate } from './model.ts';

export function parseNetwork(network: WireReader): Network {
  return {
    id: network.string('id'),
    name: network.string('name'),
    description: network.optionalString('description') || undefined,
    status: network.optionalString('status'),
    projectId: network.optionalString('project_id') ?? network.optionalString('tenant_id'),
    mtu: network.optionalInteger('mtu'),
    subnetIds: network.strings('subnets'),
    shared: network.booleanOr('shared', false),
    external: network.booleanOr('router:external', false),
    adminStateUp: network.booleanOr('admin_state_up', true),
    portSecurityEnabled: network.optionalBoolean('port_security_enabled'),
    networkType: network.optionalString('provider:network_type'),
    physicalNetwork: network.optionalString('provider:physical_network'),
    segmentationId: network.optionalInteger('provider:segmentation_id'),
    raw: network.raw,
  };
}

export function writeNetwork(network: Partial<NetworkCreate>): object {
  const { name, description, mtu, projectId, shared, adminStateUp, portSecurityEnabled } = network;
  return {
    ...{ name, description, mtu, shared, project_id: projectId, admin_state_up: adminStateUp },
    port_security_enabled: portSecurityEnabled,
    'router:external': network.external,
    'provider:network_type': network.networkType,
    'provider:physical_network': network.physicalNetwork,
    'provider:segmentation_id': network.segmentationId,
  };
}
