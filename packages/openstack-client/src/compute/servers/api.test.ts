import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const server = {
  ...{ id: 's', name: 'vm', status: 'ACTIVE', tenant_id: 'p', user_id: 'u', image: '', key_name: 'k' },
  flavor: { original_name: 'm1', vcpus: 1, ram: 512, extra_specs: { 'io:enabled': '1' } },
  addresses: {
    'net-a': [
      { addr: '10.0.0.5', version: 4, 'OS-EXT-IPS:type': 'fixed', 'OS-EXT-IPS-MAC:mac_addr': 'fa:16:3e:0:0:1' },
    ],
  },
  'os-extended-volumes:volumes_attached': [{ id: 'v', delete_on_termination: false }],
  metadata: { a: 'b' },
  created: '2026-11-22T10:00:00Z',
};

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'server get': {
    call: ({ compute }) => compute.servers.get('s'),
    request: 'GET compute/servers/s',
    microversion: 'compute 2.47',
    answer: { server },
    gives: {
      ...{ id: 's', imageId: undefined, keyName: 'k', volumeIds: ['v'], metadata: { a: 'b' } },
      addresses: [{ network: 'net-a', address: '10.0.0.5', version: 4, type: 'fixed', macAddress: 'fa:16:3e:0:0:1' }],
      createdAt: new Date('2026-11-22T10:00:00Z'),
    },
  },
  'server get since 2.96': {
    call: ({ compute }) => compute.servers.get('s', { since: '2.96' }),
    request: 'GET compute/servers/s',
    microversion: 'compute 2.96',
    answer: {
      server: {
        ...server,
        image: { id: 'i' },
        server_groups: ['g'],
        locked_reason: null,
        pinned_availability_zone: 'az',
      },
    },
    gives: { imageId: 'i', serverGroupIds: ['g'], lockedReason: undefined, pinnedAvailabilityZone: 'az' },
  },
  'server list': {
    call: ({ compute }) =>
      compute.servers.list({ status: 'ACTIVE', allProjects: true, changedSince: new Date(0) }, { since: '2.73' }),
    request: 'GET compute/servers/detail?status=ACTIVE&changes-since=1970-01-01T00:00:00.000Z&all_tenants=1',
    microversion: 'compute 2.73',
    answer: { servers: [server] },
    gives: [{ id: 's', serverGroupIds: undefined, trustedImageCertificates: [] }],
  },
  'server create from image and volume': {
    call: ({ compute }) =>
      compute.servers.create({
        ...{
          name: 'vm',
          flavorId: 'f',
          imageId: 'i',
          volumeIds: ['v'],
          networks: [{ portId: 'x' }, { networkId: 'n' }],
        },
        ...{ securityGroups: ['default'], userData: '#!', keyName: 'k', configDrive: true, availabilityZone: 'az' },
      }),
    request: 'POST compute/servers',
    microversion: 'compute 2.47',
    sends: {
      server: {
        ...{ name: 'vm', flavorRef: 'f', imageRef: 'i', networks: [{ port: 'x' }, { uuid: 'n' }], key_name: 'k' },
        ...{ security_groups: [{ name: 'default' }], user_data: 'IyE=', config_drive: true, availability_zone: 'az' },
        block_device_mapping_v2: [
          { boot_index: 0, uuid: 'i', source_type: 'image', destination_type: 'local' },
          { boot_index: -1, uuid: 'v', source_type: 'volume', destination_type: 'volume' },
        ],
      },
    },
    answer: { server: { id: 's' } },
    gives: { id: 's' },
  },
  'server create from a new volume, since 2.90': {
    call: ({ compute }) =>
      compute.servers.create(
        {
          ...{ name: 'vm', flavorId: 'f', networks: 'auto', tags: ['t'], host: 'node', hostname: 'h' },
          blockDevices: [{ source: 'image', sourceId: 'i', sizeGiB: 2, bootIndex: 0, deleteOnTermination: true }],
        },
        { since: '2.90' },
      ),
    request: 'POST compute/servers',
    microversion: 'compute 2.90',
    sends: {
      server: {
        ...{ name: 'vm', flavorRef: 'f', networks: 'auto', tags: ['t'], host: 'node', hostname: 'h' },
        block_device_mapping_v2: [
          {
            ...{ boot_index: 0, uuid: 'i', source_type: 'image', destination_type: 'volume' },
            ...{ volume_size: 2, delete_on_termination: true },
          },
        ],
      },
    },
    answer: { server: { id: 's' } },
    gives: { id: 's' },
  },
  'server update': {
    call: ({ compute }) => compute.servers.update('s', { name: 'n', description: 'd' }),
    request: 'PUT compute/servers/s',
    microversion: 'compute 2.47',
    sends: { server: { name: 'n', description: 'd' } },
  },
  'server metadata': {
    call: ({ compute }) => compute.servers.setMetadata('s', { a: 'b' }),
    request: 'POST compute/servers/s/metadata',
    microversion: 'compute 2.47',
    sends: { metadata: { a: 'b' } },
  },
  'server delete': {
    call: ({ compute }) => compute.servers.delete('s'),
    request: 'DELETE compute/servers/s',
    microversion: 'compute 2.47',
  },
};

it.each(Object.entries(CALLS))('%s is the call of the Compute API', (_, call) => expectCall(call));
