import type { ParsersByMicroversion } from '../../service/microversion.ts';
import type { WireReader } from '../../wire/reader.ts';
import type {
  Server,
  ServerAddress,
  ServerSince263,
  ServerSince271,
  ServerSince273,
  ServerSince296,
  ServersByMicroversion,
} from './model.ts';

export function parseServer(server: WireReader): Server {
  const flavor = server.object('flavor');
  // A server that boots from a volume has the image "".
  const image = server.raw['image'] === '' ? undefined : server.optionalObject('image');
  return {
    id: server.string('id'),
    name: server.string('name'),
    status: server.string('status'),
    taskState: server.optionalString('OS-EXT-STS:task_state'),
    vmState: server.optionalString('OS-EXT-STS:vm_state'),
    projectId: server.string('tenant_id'),
    userId: server.optionalString('user_id'),
    flavor: {
      name: flavor.string('original_name'),
      vcpus: flavor.integer('vcpus'),
      ramMiB: flavor.integer('ram'),
      extraSpecs: flavor.has('extra_specs') ? flavor.stringRecord('extra_specs') : undefined,
    },
    imageId: image?.optionalString('id'),
    addresses: parseAddresses(server.optionalObject('addresses')),
    metadata: server.stringRecordOrEmpty('metadata'),
    keyName: server.optionalString('key_name'),
    availabilityZone: server.optionalString('OS-EXT-AZ:availability_zone') || undefined,
    volumeIds: server.listOrEmpty('os-extended-volumes:volumes_attached', (volume) => volume.string('id')),
    createdAt: server.optionalDate('created'),
    updatedAt: server.optionalDate('updated'),
    host: server.optionalString('OS-EXT-SRV-ATTR:host'),
    instanceName: server.optionalString('OS-EXT-SRV-ATTR:instance_name'),
    faultMessage: server.optionalObject('fault')?.optionalString('message'),
    raw: server.raw,
  };
}

function parseAddresses(addresses: WireReader | undefined): ServerAddress[] {
  if (addresses === undefined) return [];
  return Object.keys(addresses.raw).flatMap((network) =>
    addresses.list(network, (address) => ({
      network,
      address: address.string('addr'),
      version: address.integer('version') === 6 ? 6 : 4,
      type: address.optionalString('OS-EXT-IPS:type'),
      macAddress: address.optionalString('OS-EXT-IPS-MAC:mac_addr'),
    })),
  );
}

function parse263(server: WireReader): ServerSince263 {
  return { ...parseServer(server), trustedImageCertificates: server.stringsOr('trusted_image_certificates', []) };
}

function parse271(server: WireReader): ServerSince271 {
  const serverGroupIds = server.has('server_groups') ? server.strings('server_groups') : undefined;
  return { ...parse263(server), serverGroupIds };
}

function parse273(server: WireReader): ServerSince273 {
  return { ...parse271(server), lockedReason: server.optionalString('locked_reason') };
}

function parse296(server: WireReader): ServerSince296 {
  return { ...parse273(server), pinnedAvailabilityZone: server.optionalString('pinned_availability_zone') };
}

export const SERVER_PARSERS: ParsersByMicroversion<ServersByMicroversion> = {
  '2.47': parseServer,
  '2.63': parse263,
  '2.71': parse271,
  '2.73': parse273,
  '2.96': parse296,
};
