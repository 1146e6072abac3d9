import type { WireRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import { isAdmin } from '../keystone/model.ts';
import type { FakePort } from '../neutron/model.ts';
import type { BlockDevice, FakeFlavor, FakeServer } from './model.ts';
import { POWER_STATES, VM_STATES } from './server-state.ts';

/** Whole seconds, UTC. */
export function novaTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

export function writeFlavor(request: FakeRequest, flavor: FakeFlavor): WireRecord {
  return {
    id: flavor.id,
    name: flavor.name,
    ram: flavor.ramMiB,
    disk: flavor.diskGiB,
    swap: '',
    'OS-FLV-EXT-DATA:ephemeral': 0,
    'OS-FLV-DISABLED:disabled': false,
    vcpus: flavor.vcpus,
    'os-flavor-access:is_public': flavor.isPublic,
    rxtx_factor: 1,
    links: links(request, 'flavors', flavor.id),
    ...(request.minor >= 55 ? { description: null } : {}),
    ...(request.minor >= 61 ? { extra_specs: flavor.extraSpecs } : {}),
  };
}

export function writeServer(
  request: FakeRequest,
  server: FakeServer,
  ports: readonly { readonly port: FakePort; readonly networkName: string }[],
  zone: string,
): WireRecord {
  const admin = isAdmin(request.token);
  const { minor } = request;
  const addresses: Record<string, WireRecord[]> = {};
  for (const { port, networkName } of ports) {
    addresses[networkName] = port.fixedIps.map(({ ipAddress }) => ({
      version: 4,
      addr: ipAddress,
      'OS-EXT-IPS:type': 'fixed',
      'OS-EXT-IPS-MAC:mac_addr': port.macAddress,
    }));
  }
  return {
    id: server.id,
    name: server.name,
    status: server.status,
    tenant_id: server.projectId,
    user_id: server.userId,
    metadata: server.metadata,
    hostId: server.host === undefined ? '' : Buffer.from(server.host.padEnd(28, '.')).toString('hex').slice(0, 56),
    image:
      server.imageId === undefined
        ? ''
        : { id: server.imageId, links: links(request, 'images', server.imageId).slice(1) },
    flavor: writeServerFlavor(request, server.flavor),
    created: novaTime(server.createdAt),
    updated: novaTime(server.updatedAt),
    addresses,
    accessIPv4: '',
    accessIPv6: '',
    links: links(request, 'servers', server.id),
    'OS-DCF:diskConfig': 'MANUAL',
    ...(server.status === 'ERROR' && server.fault !== undefined
      ? { fault: { code: 500, created: novaTime(server.createdAt), message: server.fault } }
      : { progress: 0 }),
    'OS-EXT-AZ:availability_zone': server.host === undefined ? '' : zone,
    config_drive: '',
    key_name: server.keyName,
    'OS-SRV-USG:launched_at': server.status === 'BUILD' ? null : `${novaTime(server.createdAt).slice(0, 19)}.000000`,
    'OS-SRV-USG:terminated_at': null,
    security_groups: [{ name: 'default' }],
    ...(admin ? adminFields(server, minor) : {}),
    'OS-EXT-STS:task_state': server.taskState,
    'OS-EXT-STS:vm_state': VM_STATES[server.status],
    'OS-EXT-STS:power_state': POWER_STATES[server.status],
    'os-extended-volumes:volumes_attached': server.blockDevices.map(({ volumeId, deleteOnTermination }) => ({
      id: volumeId,
      ...(minor >= 3 ? { delete_on_termination: deleteOnTermination } : {}),
    })),
    ...(minor >= 16 && admin ? { host_status: server.host === undefined ? '' : 'UP' } : {}),
    ...(minor >= 9 ? { locked: server.locked } : {}),
    ...(minor >= 73 ? { locked_reason: server.lockedReason ?? null } : {}),
    ...(minor >= 19 ? { description: server.description } : {}),
    ...(minor >= 26 ? { tags: [] } : {}),
    ...(minor >= 63 ? { trusted_image_certificates: null } : {}),
    ...(minor >= 71 ? { server_groups: [] } : {}),
    ...(minor >= 90 && !admin ? { 'OS-EXT-SRV-ATTR:hostname': server.name } : {}),
  };
}

function adminFields(server: FakeServer, minor: number): WireRecord {
  const host = server.host ?? null;
  return {
    'OS-EXT-SRV-ATTR:host': host,
    'OS-EXT-SRV-ATTR:instance_name': `instance-${server.id.slice(0, 8)}`,
    'OS-EXT-SRV-ATTR:hypervisor_hostname': host,
    ...(minor >= 3
      ? {
          'OS-EXT-SRV-ATTR:reservation_id': `r-${server.id.slice(0, 8)}`,
          'OS-EXT-SRV-ATTR:launch_index': 0,
          'OS-EXT-SRV-ATTR:hostname': server.name,
          'OS-EXT-SRV-ATTR:kernel_id': '',
          'OS-EXT-SRV-ATTR:ramdisk_id': '',
          'OS-EXT-SRV-ATTR:root_device_name': '/dev/vda',
          'OS-EXT-SRV-ATTR:user_data': null,
        }
      : {}),
  };
}

/** Before 2.47 a link to the flavor, from then on the flavor itself, as it was when the server was built. */
function writeServerFlavor(request: FakeRequest, flavor: FakeFlavor): WireRecord {
  if (request.minor < 47) return { id: flavor.id, links: links(request, 'flavors', flavor.id).slice(1) };
  return {
    vcpus: flavor.vcpus,
    ram: flavor.ramMiB,
    disk: flavor.diskGiB,
    ephemeral: 0,
    swap: 0,
    original_name: flavor.name,
    extra_specs: flavor.extraSpecs,
  };
}

export function writeBlockDevice(request: FakeRequest, serverId: string, device: BlockDevice): WireRecord {
  return {
    ...(request.minor >= 89 ? {} : { id: device.volumeId }),
    volumeId: device.volumeId,
    serverId,
    device: device.device,
    ...(request.minor >= 70 ? { tag: null } : {}),
    ...(request.minor >= 79 ? { delete_on_termination: device.deleteOnTermination } : {}),
    ...(request.minor >= 89 ? { attachment_id: device.attachmentId, bdm_uuid: device.uuid } : {}),
  };
}

function links(request: FakeRequest, collection: string, id: string): WireRecord[] {
  return [
    { rel: 'self', href: `${request.origin}/v2.1/${collection}/${id}` },
    { rel: 'bookmark', href: `${request.origin}/${collection}/${id}` },
  ];
}
