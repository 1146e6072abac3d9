import type { WireReader } from '../../wire/reader.ts';
import type { Server, ServerCreate } from './model.ts';

export function parseServer(server: WireReader): Server {
  const flavor = server.object('flavor');
  return {
    id: server.string('id'),
    name: server.string('name'),
    status: server.string('status'),
    taskState: server.optionalString('OS-EXT-STS:task_state'),
    projectId: server.string('tenant_id'),
    flavor: {
      name: flavor.string('original_name'),
      vcpus: flavor.integer('vcpus'),
      ramMiB: flavor.integer('ram'),
      extraSpecs: flavor.has('extra_specs') ? flavor.stringRecord('extra_specs') : undefined,
    },
    host: server.optionalString('OS-EXT-SRV-ATTR:host'),
    faultMessage: server.optionalObject('fault')?.optionalString('message'),
    raw: server.raw,
  };
}

/** @see https://docs.openstack.org/api-ref/compute/#create-server */
export function writeServerCreate(server: ServerCreate): Readonly<Record<string, unknown>> {
  const networks =
    server.networks === 'none'
      ? 'none'
      : server.networks.map(({ networkId, portId }) => (portId === undefined ? { uuid: networkId } : { port: portId }));
  const image = { boot_index: 0, uuid: server.imageId, source_type: 'image', destination_type: 'local' };
  const volumes = (server.volumeIds ?? []).map((uuid, index) => ({
    boot_index: server.imageId === undefined && index === 0 ? 0 : -1,
    uuid,
    source_type: 'volume',
    destination_type: 'volume',
  }));
  const devices = server.imageId === undefined ? volumes : volumes.length === 0 ? [] : [image, ...volumes];
  return {
    name: server.name,
    flavorRef: server.flavorId,
    ...(server.imageId === undefined ? {} : { imageRef: server.imageId }),
    networks,
    ...(devices.length === 0 ? {} : { block_device_mapping_v2: devices }),
    ...(server.availabilityZone === undefined ? {} : { availability_zone: server.availabilityZone }),
  };
}
