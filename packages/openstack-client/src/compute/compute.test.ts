import { expect, it } from 'vitest';
import { expectCall, type RecordedCall } from '../../test/recorded-call.ts';
import { scriptedCloud } from '../../test/scripted-cloud.ts';
import type { OpenStackClient } from '../index.ts';

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
const volumeAttachment = { serverId: 's', volumeId: 'v', device: '/dev/vdb', delete_on_termination: true };
const flavor = { id: 'f', name: 'm1', vcpus: 1, ram: 512, disk: 0, 'OS-FLV-EXT-DATA:ephemeral': 2, extra_specs: {} };
const keypair = { name: 'k', public_key: 'ssh-ed25519 AAAA', fingerprint: 'aa:bb', private_key: 'never kept' };
const hypervisor = {
  ...{ id: 'h', hypervisor_hostname: 'node', state: 'up', status: 'enabled', hypervisor_type: 'QEMU' },
  service: { id: 'x', host: 'node' },
};
const counted = { ...hypervisor, vcpus: 2, vcpus_used: 1, memory_mb: 3, memory_mb_used: 2, running_vms: 1 };
const service = {
  ...{ id: 'x', binary: 'nova-compute', host: 'node', zone: 'nova', status: 'disabled', state: 'up' },
  ...{ disabled_reason: 'why', forced_down: true, updated_at: '2026-11-22T10:00:00.000000' },
};
const migration = {
  ...{ id: 7, uuid: 'm', instance_uuid: 's', migration_type: 'live-migration', status: 'completed' },
  ...{ source_compute: 'a', dest_compute: 'b', user_id: 'u', project_id: 'p' },
};
const running = { id: 7, server_uuid: 's', status: 'running', memory_total_bytes: 10, memory_remaining_bytes: null };

const action = (
  call: (servers: OpenStackClient['compute']['servers']) => Promise<unknown>,
  sends: unknown,
  microversion = '2.47',
): RecordedCall => ({
  call: ({ compute }) => call(compute.servers),
  request: 'POST compute/servers/s/action',
  sends,
  microversion: `compute ${microversion}`,
});

const ACTIONS: Readonly<Record<string, RecordedCall>> = {
  start: action((servers) => servers.start('s'), { 'os-start': null }),
  stop: action((servers) => servers.stop('s'), { 'os-stop': null }),
  reboot: action((servers) => servers.reboot('s', 'hard'), { reboot: { type: 'HARD' } }),
  pause: action((servers) => servers.pause('s'), { pause: null }),
  unpause: action((servers) => servers.unpause('s'), { unpause: null }),
  suspend: action((servers) => servers.suspend('s'), { suspend: null }),
  resume: action((servers) => servers.resume('s'), { resume: null }),
  lock: action((servers) => servers.lock('s'), { lock: null }),
  'lock with a reason': action(
    (servers) => servers.lock('s', { since: '2.73', reason: 'audit' }),
    { lock: { locked_reason: 'audit' } },
    '2.73',
  ),
  unlock: action((servers) => servers.unlock('s'), { unlock: null }),
  shelve: action((servers) => servers.shelve('s'), { shelve: null }),
  shelveOffload: action((servers) => servers.shelveOffload('s'), { shelveOffload: null }),
  unshelve: action((servers) => servers.unshelve('s'), { unshelve: null }),
  'unshelve to a host': action(
    (servers) => servers.unshelve('s', { since: '2.91', host: 'node', availabilityZone: null }),
    { unshelve: { host: 'node', availability_zone: null } },
    '2.91',
  ),
  'unshelve anywhere': action((servers) => servers.unshelve('s', { since: '2.91' }), { unshelve: null }, '2.91'),
  resize: action((servers) => servers.resize('s', 'f'), { resize: { flavorRef: 'f' } }),
  confirmResize: action((servers) => servers.confirmResize('s'), { confirmResize: null }),
  revertResize: action((servers) => servers.revertResize('s'), { revertResize: null }),
  rebuild: action((servers) => servers.rebuild('s', { imageId: 'i', name: 'n' }), {
    rebuild: { imageRef: 'i', name: 'n' },
  }),
  migrate: action((servers) => servers.migrate('s'), { migrate: null }, '2.56'),
  'migrate to a host': action(
    (servers) => servers.migrate('s', { host: 'node' }),
    { migrate: { host: 'node' } },
    '2.56',
  ),
  liveMigrate: action(
    (servers) => servers.liveMigrate('s'),
    { 'os-migrateLive': { host: null, block_migration: 'auto' } },
    '2.56',
  ),
  'liveMigrate to a host with its disks': action(
    (servers) => servers.liveMigrate('s', { host: 'node', blockMigration: true }),
    { 'os-migrateLive': { host: 'node', block_migration: true } },
    '2.56',
  ),
  evacuate: action((servers) => servers.evacuate('s'), { evacuate: {} }, '2.56'),
  'evacuate with a password': action(
    (servers) => servers.evacuate('s', { host: 'node', adminPassword: 'pw' }),
    { evacuate: { host: 'node', adminPass: 'pw' } },
    '2.56',
  ),
  resetState: action((servers) => servers.resetState('s', 'error'), { 'os-resetState': { state: 'error' } }),
  forceDelete: action((servers) => servers.forceDelete('s'), { forceDelete: null }),
};

it.each(Object.entries(ACTIONS))('server action %s is the call of the Compute API', (_, call) => expectCall(call));

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
  'remote console': {
    call: ({ compute }) => compute.servers.remoteConsole('s', 'vnc', 'novnc'),
    request: 'POST compute/servers/s/remote-consoles',
    microversion: 'compute 2.56',
    sends: { remote_console: { protocol: 'vnc', type: 'novnc' } },
    answer: { remote_console: { protocol: 'vnc', type: 'novnc', url: 'http://x/?token=t' } },
    gives: { url: 'http://x/?token=t' },
  },
  'volume attachment get': {
    call: ({ compute }) => compute.volumeAttachments.get('s', 'v'),
    request: 'GET compute/servers/s/os-volume_attachments/v',
    microversion: 'compute 2.89',
    answer: { volumeAttachment: { ...volumeAttachment, attachment_id: 'a' } },
    gives: { attachmentId: 'a', deleteOnTermination: true },
  },
  'volume attachment list': {
    call: ({ compute }) => compute.servers.listVolumes('s'),
    request: 'GET compute/servers/s/os-volume_attachments',
    microversion: 'compute 2.89',
    answer: { volumeAttachments: [volumeAttachment] },
    gives: [{ device: '/dev/vdb' }],
  },
  'volume attachment create since 2.79': {
    call: ({ compute }) =>
      compute.volumeAttachments.create('s', { volumeId: 'v', tag: 't', deleteOnTermination: true }, { since: '2.79' }),
    request: 'POST compute/servers/s/os-volume_attachments',
    microversion: 'compute 2.79',
    sends: { volumeAttachment: { volumeId: 'v', tag: 't', delete_on_termination: true } },
    answer: { volumeAttachment },
    gives: { deleteOnTermination: true },
  },
  'volume attachment create': {
    call: ({ compute }) => compute.servers.attachVolume('s', 'v'),
    request: 'POST compute/servers/s/os-volume_attachments',
    microversion: 'compute 2.60',
    sends: { volumeAttachment: { volumeId: 'v' } },
    answer: { volumeAttachment },
    gives: { volumeId: 'v' },
  },
  'volume attachment delete': {
    call: ({ compute }) => compute.servers.detachVolume('s', 'v'),
    request: 'DELETE compute/servers/s/os-volume_attachments/v',
    microversion: 'compute 2.60',
  },
  'volume attachment update': {
    call: ({ compute }) => compute.volumeAttachments.setDeleteOnTermination('s', 'v', false),
    request: 'PUT compute/servers/s/os-volume_attachments/v',
    microversion: 'compute 2.85',
    sends: { volumeAttachment: { volumeId: 'v', delete_on_termination: false } },
  },
  'flavor get': {
    call: ({ compute }) => compute.flavors.get('f'),
    request: 'GET compute/flavors/f',
    microversion: 'compute 2.61',
    answer: { flavor },
    gives: { ephemeralGiB: 2, isPublic: true, extraSpecs: {} },
  },
  'flavor list': {
    call: ({ compute }) => compute.flavors.list({ filter: { isPublic: 'none', minRamMiB: 1 } }),
    request: 'GET compute/flavors/detail?is_public=none&minRam=1',
    microversion: 'compute 2.61',
    answer: { flavors: [flavor] },
    gives: [{ id: 'f' }],
  },
  'flavor create': {
    call: ({ compute }) => compute.flavors.create({ name: 'm1', vcpus: 1, ramMiB: 2, diskGiB: 3, isPublic: false }),
    request: 'POST compute/flavors',
    microversion: 'compute 2.61',
    sends: { flavor: { name: 'm1', vcpus: 1, ram: 2, disk: 3, 'os-flavor-access:is_public': false } },
    answer: { flavor },
    gives: { id: 'f' },
  },
  'extra specs': {
    call: ({ compute }) => compute.flavors.extraSpecs('f'),
    request: 'GET compute/flavors/f/os-extra_specs',
    microversion: 'compute 2.61',
    answer: { extra_specs: { a: 'b' } },
    gives: { a: 'b' },
  },
  'extra spec delete': {
    call: ({ compute }) => compute.flavors.deleteExtraSpec('f', 'a:b'),
    request: 'DELETE compute/flavors/f/os-extra_specs/a:b',
    microversion: 'compute 2.61',
  },
  'keypair get': {
    call: ({ compute }) => compute.keypairs.get('k'),
    request: 'GET compute/os-keypairs/k',
    microversion: 'compute 2.35',
    answer: { keypair },
    gives: { type: 'ssh', fingerprint: 'aa:bb' },
  },
  'keypair list': {
    call: ({ compute }) => compute.keypairs.list({ userId: 'u' }),
    request: 'GET compute/os-keypairs?user_id=u',
    microversion: 'compute 2.35',
    answer: { keypairs: [{ keypair }] },
    gives: [{ name: 'k' }],
  },
  'keypair create': {
    call: ({ compute }) => compute.keypairs.create({ name: 'k', publicKey: 'ssh-ed25519 AAAA' }),
    request: 'POST compute/os-keypairs',
    microversion: 'compute 2.35',
    sends: { keypair: { name: 'k', public_key: 'ssh-ed25519 AAAA' } },
    answer: { keypair },
    gives: { name: 'k' },
  },
  'keypair delete': {
    call: ({ compute }) => compute.keypairs.delete('k'),
    request: 'DELETE compute/os-keypairs/k',
    microversion: 'compute 2.35',
  },
  'hypervisor get': {
    call: ({ compute }) => compute.hypervisors.get('h'),
    request: 'GET compute/os-hypervisors/h',
    microversion: 'compute 2.53',
    answer: { hypervisor: counted },
    gives: { vcpus: 2, runningServers: 1, serviceHost: 'node' },
  },
  'hypervisor list': {
    call: ({ compute }) => compute.hypervisors.list(),
    request: 'GET compute/os-hypervisors/detail',
    microversion: 'compute 2.53',
    answer: { hypervisors: [counted] },
    gives: [{ memoryMiB: 3 }],
  },
  'hypervisor list since 2.88': {
    call: ({ compute }) => compute.hypervisors.list({ since: '2.88' }),
    request: 'GET compute/os-hypervisors/detail',
    microversion: 'compute 2.88',
    answer: { hypervisors: [{ ...hypervisor, uptime: 'long' }] },
    gives: [{ uptime: 'long' }],
  },
  'service list': {
    call: ({ compute }) => compute.services.list({ binary: 'nova-compute' }),
    request: 'GET compute/os-services?binary=nova-compute',
    microversion: 'compute 2.53',
    answer: { services: [service] },
    gives: [{ forcedDown: true, disabledReason: 'why' }],
  },
  'service update': {
    call: ({ compute }) =>
      compute.services.update('x', { status: 'disabled', disabledReason: 'why', forcedDown: true }),
    request: 'PUT compute/os-services/x',
    microversion: 'compute 2.53',
    sends: { status: 'disabled', disabled_reason: 'why', forced_down: true },
    answer: { service },
    gives: { status: 'disabled' },
  },
  'service delete': {
    call: ({ compute }) => compute.services.delete('x'),
    request: 'DELETE compute/os-services/x',
    microversion: 'compute 2.53',
  },
  'migration list': {
    call: ({ compute }) => compute.migrations.list({ serverId: 's', type: 'live-migration' }),
    request: 'GET compute/os-migrations?instance_uuid=s&migration_type=live-migration',
    microversion: 'compute 2.59',
    answer: { migrations: [migration] },
    gives: [{ uuid: 'm', destinationCompute: 'b' }],
  },
  'migration list since 2.80': {
    call: ({ compute }) => compute.migrations.list({}, { since: '2.80' }),
    request: 'GET compute/os-migrations',
    microversion: 'compute 2.80',
    answer: { migrations: [migration] },
    gives: [{ userId: 'u', projectId: 'p' }],
  },
  'server migration list': {
    call: ({ compute }) => compute.serverMigrations.list('s'),
    request: 'GET compute/servers/s/migrations',
    microversion: 'compute 2.65',
    answer: { migrations: [running] },
    gives: [{ memoryTotalBytes: 10, memoryRemainingBytes: undefined }],
  },
  'server migration abort': {
    call: ({ compute }) => compute.serverMigrations.abort('s', 7),
    request: 'DELETE compute/servers/s/migrations/7',
    microversion: 'compute 2.65',
  },
  'server migration force complete': {
    call: ({ compute }) => compute.serverMigrations.forceComplete('s', 7),
    request: 'POST compute/servers/s/migrations/7/action',
    microversion: 'compute 2.65',
    sends: { force_complete: null },
  },
  'external events': {
    call: ({ compute }) => compute.externalEvents.create([{ name: 'volume-extended', serverId: 's', tag: 'v' }]),
    request: 'POST compute/os-server-external-events',
    microversion: 'compute 2.51',
    sends: { events: [{ name: 'volume-extended', server_uuid: 's', tag: 'v' }] },
    answer: { events: [{ name: 'volume-extended', server_uuid: 's', tag: 'v', status: 'completed', code: 200 }] },
    gives: [{ serverId: 's', code: 200 }],
  },
  'external events since 2.93': {
    call: ({ compute }) =>
      compute.externalEvents.create([{ name: 'volume-reimaged', serverId: 's', status: 'failed' }], { since: '2.93' }),
    request: 'POST compute/os-server-external-events',
    microversion: 'compute 2.93',
    sends: { events: [{ name: 'volume-reimaged', server_uuid: 's', status: 'failed' }] },
    answer: { events: [{ name: 'volume-reimaged', server_uuid: 's', code: 422 }] },
    gives: [{ code: 422 }],
  },
};

it.each(Object.entries(CALLS))('%s is the call of the Compute API', (_, call) => expectCall(call));

it('the console is text', async () => {
  const cloud = await scriptedCloud(() => ({ body: { output: 'login:' } }));
  expect(await cloud.client().compute.servers.consoleOutput('s', 5)).toBe('login:');
  expect(cloud.requests[0]?.body).toEqual({ 'os-getConsoleOutput': { length: 5 } });
});

it('a private key that an old Nova makes is not kept', async () => {
  const cloud = await scriptedCloud(() => ({ body: { keypair } }));
  expect(JSON.stringify(await cloud.client().compute.keypairs.get('k'))).not.toContain('never kept');
});
