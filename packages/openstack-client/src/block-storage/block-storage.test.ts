import { expect, it } from 'vitest';
import { expectCall, type RecordedCall } from '../../test/recorded-call.ts';
import { scriptedCloud } from '../../test/scripted-cloud.ts';

const volume = {
  ...{ id: 'v', name: 'data', status: 'available', size: 2, bootable: 'true', attachments: [], metadata: {} },
  ...{ shared_targets: null, service_uuid: 'x', volume_type_id: 't', consumes_quota: true, snapshot_id: null },
};
const snapshot = { id: 'n', volume_id: 'v', size: 2, status: 'available', name: 'n', metadata: { a: 'b' } };
const type = { id: 't', name: 'rbd', is_public: true, extra_specs: { a: 'b' }, qos_specs_id: 'q' };
const qos = { id: 'q', name: 'gold', consumer: 'front-end', specs: { total_iops_sec: '5' } };
const attachment = {
  id: 'a',
  status: 'reserved',
  instance: null,
  volume_id: 'v',
  attach_mode: 'ro',
  connection_info: {},
};

const act = (call: RecordedCall['call'], sends: unknown, microversion?: string): RecordedCall => ({
  call,
  request: 'POST block-storage/volumes/v/action',
  sends,
  ...(microversion === undefined ? {} : { microversion }),
});

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'volume get since 3.65': {
    call: ({ blockStorage }) => blockStorage.volumes.get('v', { since: '3.65' }),
    request: 'GET block-storage/volumes/v',
    microversion: 'volume 3.65',
    answer: { volume },
    gives: { bootable: true, sharedTargets: undefined, serviceId: 'x', volumeTypeId: 't', consumesQuota: true },
  },
  'volume list': {
    call: ({ blockStorage }) =>
      blockStorage.volumes.list({ name: 'data', metadata: { "it's": 'b' }, allProjects: true, projectId: 'p' }),
    request: "GET block-storage/volumes/detail?name=data&project_id=p&all_tenants=1&metadata={'it\\'s': 'b'}",
    answer: { volumes: [volume] },
    gives: [{ id: 'v' }],
  },
  'volume list since 3.48': {
    call: ({ blockStorage }) => blockStorage.volumes.list({}, { since: '3.48' }),
    request: 'GET block-storage/volumes/detail',
    microversion: 'volume 3.48',
    answer: { volumes: [volume] },
    gives: [{ serviceId: 'x' }],
  },
  'volume create': {
    call: ({ blockStorage }) => blockStorage.volumes.create({ snapshotId: 'n', volumeType: 'rbd', description: 'd' }),
    request: 'POST block-storage/volumes',
    sends: { volume: { snapshot_id: 'n', volume_type: 'rbd', description: 'd' } },
    answer: { volume },
    gives: { sizeGiB: 2 },
  },
  'volume update': {
    call: ({ blockStorage }) => blockStorage.volumes.update('v', { metadata: { a: 'b' } }),
    request: 'PUT block-storage/volumes/v',
    sends: { volume: { metadata: { a: 'b' } } },
    answer: { volume },
    gives: { id: 'v' },
  },
  'volume delete': {
    call: ({ blockStorage }) => blockStorage.volumes.delete('v'),
    request: 'DELETE block-storage/volumes/v',
  },
  extend: act(({ blockStorage: b }) => b.volumes.extend('v', 3), { 'os-extend': { new_size: 3 } }, 'volume 3.42'),
  retype: act(({ blockStorage: b }) => b.volumes.retype('v', 'ssd', 'on-demand'), {
    'os-retype': { new_type: 'ssd', migration_policy: 'on-demand' },
  }),
  bootable: act(({ blockStorage: b }) => b.volumes.setBootable('v', true), { 'os-set_bootable': { bootable: true } }),
  'read-only': act(({ blockStorage: b }) => b.volumes.setReadOnly('v', false), {
    'os-update_readonly_flag': { readonly: false },
  }),
  'reset status': act(
    ({ blockStorage: b }) => b.volumes.resetStatus('v', { status: 'error', attachStatus: 'detached' }),
    {
      'os-reset_status': { status: 'error', attach_status: 'detached' },
    },
  ),
  'force delete': act(({ blockStorage: b }) => b.volumes.forceDelete('v'), { 'os-force_delete': {} }),
  'attachment create': {
    call: ({ blockStorage }) => blockStorage.attachments.create({ volumeId: 'v', connector: null }),
    request: 'POST block-storage/attachments',
    microversion: 'volume 3.44',
    sends: { attachment: { volume_uuid: 'v', connector: null } },
    answer: { attachment },
    gives: { id: 'a', attachMode: 'ro' },
  },
  'attachment create since 3.54': {
    call: ({ blockStorage }) =>
      blockStorage.attachments.create({ volumeId: 'v', connector: null, attachMode: 'ro' }, { since: '3.54' }),
    request: 'POST block-storage/attachments',
    microversion: 'volume 3.54',
    sends: { attachment: { volume_uuid: 'v', connector: null, mode: 'ro' } },
    answer: { attachment },
    gives: { instanceId: undefined },
  },
  'attachment list': {
    call: ({ blockStorage }) => blockStorage.attachments.list({ volumeId: 'v', status: 'attached', allProjects: true }),
    request: 'GET block-storage/attachments?volume_id=v&status=attached&all_tenants=1',
    microversion: 'volume 3.44',
    answer: { attachments: [attachment] },
    gives: [{ id: 'a' }],
  },
  'snapshot get': {
    call: ({ blockStorage }) => blockStorage.snapshots.get('n'),
    request: 'GET block-storage/snapshots/n',
    answer: { snapshot },
    gives: { volumeId: 'v', sizeGiB: 2, metadata: { a: 'b' } },
  },
  'snapshot list': {
    call: ({ blockStorage }) => blockStorage.snapshots.list({ volumeId: 'v', allProjects: true }),
    request: 'GET block-storage/snapshots/detail?volume_id=v&all_tenants=1',
    answer: { snapshots: [snapshot] },
    gives: [{ id: 'n' }],
  },
  'snapshot create': {
    call: ({ blockStorage }) => blockStorage.snapshots.create({ volumeId: 'v', name: 'n', force: true }),
    request: 'POST block-storage/snapshots',
    sends: { snapshot: { volume_id: 'v', name: 'n', force: true } },
    answer: { snapshot },
    gives: { id: 'n' },
  },
  'snapshot update': {
    call: ({ blockStorage }) => blockStorage.snapshots.update('n', { description: 'd' }),
    request: 'PUT block-storage/snapshots/n',
    sends: { snapshot: { description: 'd' } },
    answer: { snapshot },
    gives: { id: 'n' },
  },
  'snapshot delete': {
    call: ({ blockStorage }) => blockStorage.snapshots.delete('n'),
    request: 'DELETE block-storage/snapshots/n',
  },
  'type get': {
    call: ({ blockStorage }) => blockStorage.volumeTypes.get('t'),
    request: 'GET block-storage/types/t',
    answer: { volume_type: type },
    gives: { extraSpecs: { a: 'b' }, qosSpecsId: 'q' },
  },
  'type list': {
    call: ({ blockStorage }) => blockStorage.volumeTypes.list({ isPublic: 'none' }),
    request: 'GET block-storage/types?is_public=none',
    answer: { volume_types: [type] },
    gives: [{ name: 'rbd' }],
  },
  'type create': {
    call: ({ blockStorage }) =>
      blockStorage.volumeTypes.create({ name: 'rbd', isPublic: false, extraSpecs: { a: 'b' } }),
    request: 'POST block-storage/types',
    sends: { volume_type: { name: 'rbd', extra_specs: { a: 'b' }, 'os-volume-type-access:is_public': false } },
    answer: { volume_type: type },
    gives: { id: 't' },
  },
  'type update': {
    call: ({ blockStorage }) => blockStorage.volumeTypes.update('t', { isPublic: true }),
    request: 'PUT block-storage/types/t',
    sends: { volume_type: { is_public: true } },
    answer: { volume_type: type },
    gives: { id: 't' },
  },
  'type delete': {
    call: ({ blockStorage }) => blockStorage.volumeTypes.delete('t'),
    request: 'DELETE block-storage/types/t',
  },
  'type extra specs': {
    call: ({ blockStorage }) => blockStorage.volumeTypes.extraSpecs('t'),
    request: 'GET block-storage/types/t/extra_specs',
    answer: { extra_specs: { a: 'b' } },
    gives: { a: 'b' },
  },
  'type extra specs set': {
    call: ({ blockStorage }) => blockStorage.volumeTypes.setExtraSpecs('t', { a: 'b' }),
    request: 'POST block-storage/types/t/extra_specs',
    sends: { extra_specs: { a: 'b' } },
  },
  'type extra spec delete': {
    call: ({ blockStorage }) => blockStorage.volumeTypes.deleteExtraSpec('t', 'a'),
    request: 'DELETE block-storage/types/t/extra_specs/a',
  },
  'volume encryption': {
    call: ({ blockStorage }) => blockStorage.volumes.encryption('v'),
    request: 'GET block-storage/volumes/v/encryption',
    answer: { encryption_key_id: 'k', provider: 'luks', control_location: 'front-end', key_size: 256 },
    gives: { keyId: 'k', provider: 'luks', controlLocation: 'front-end', keySizeBits: 256 },
  },
  'type encryption': {
    call: ({ blockStorage }) => blockStorage.volumeTypes.encryption('t'),
    request: 'GET block-storage/types/t/encryption',
    answer: { provider: 'luks', control_location: 'front-end', cipher: 'aes-xts-plain64', key_size: 256 },
    gives: { provider: 'luks', controlLocation: 'front-end', keySizeBits: 256 },
  },
  'type encryption create': {
    call: ({ blockStorage }) =>
      blockStorage.volumeTypes.createEncryption('t', {
        ...{ provider: 'luks', controlLocation: 'front-end', cipher: 'aes-xts-plain64', keySizeBits: 256 },
      }),
    request: 'POST block-storage/types/t/encryption',
    sends: {
      encryption: { provider: 'luks', control_location: 'front-end', cipher: 'aes-xts-plain64', key_size: 256 },
    },
  },
  'type encryption delete': {
    call: ({ blockStorage }) => blockStorage.volumeTypes.deleteEncryption('t'),
    request: 'DELETE block-storage/types/t/encryption/provider',
  },
  'qos get': {
    call: ({ blockStorage }) => blockStorage.qosSpecs.get('q'),
    request: 'GET block-storage/qos-specs/q',
    answer: { qos_specs: qos },
    gives: { consumer: 'front-end', specs: { total_iops_sec: '5' } },
  },
  'qos list': {
    call: ({ blockStorage }) => blockStorage.qosSpecs.list(),
    request: 'GET block-storage/qos-specs',
    answer: {
      qos_specs: [
        { ...qos, consumer: 'both' },
        { ...qos, consumer: 'back-end' },
      ],
    },
    gives: [{ consumer: 'both' }, { consumer: 'back-end' }],
  },
  'qos create': {
    call: ({ blockStorage }) =>
      blockStorage.qosSpecs.create({ name: 'gold', consumer: 'front-end', specs: { a: '1' } }),
    request: 'POST block-storage/qos-specs',
    sends: { qos_specs: { name: 'gold', consumer: 'front-end', a: '1' } },
    answer: { qos_specs: qos },
    gives: { id: 'q' },
  },
  'qos set': {
    call: ({ blockStorage }) => blockStorage.qosSpecs.set('q', { a: '2' }),
    request: 'PUT block-storage/qos-specs/q',
    sends: { qos_specs: { a: '2' } },
  },
  'qos delete keys': {
    call: ({ blockStorage }) => blockStorage.qosSpecs.deleteKeys('q', ['a']),
    request: 'PUT block-storage/qos-specs/q/delete_keys',
    sends: { keys: ['a'] },
  },
  'qos delete': {
    call: ({ blockStorage }) => blockStorage.qosSpecs.delete('q', true),
    request: 'DELETE block-storage/qos-specs/q?force=true',
  },
  'qos associate': {
    call: ({ blockStorage }) => blockStorage.qosSpecs.associate('q', 't'),
    request: 'GET block-storage/qos-specs/q/associate?vol_type_id=t',
  },
  'qos disassociate': {
    call: ({ blockStorage }) => blockStorage.qosSpecs.disassociate('q', 't'),
    request: 'GET block-storage/qos-specs/q/disassociate?vol_type_id=t',
  },
  'service list': {
    call: ({ blockStorage }) => blockStorage.services.list({ binary: 'cinder-volume' }),
    request: 'GET block-storage/os-services?binary=cinder-volume',
    answer: { services: [{ binary: 'cinder-volume', host: 'h@rbd', status: 'enabled', state: 'up' }] },
    gives: [{ host: 'h@rbd', state: 'up', zone: undefined }],
  },
  'service enable': {
    call: ({ blockStorage }) => blockStorage.services.enable('h@rbd', 'cinder-volume'),
    request: 'PUT block-storage/os-services/enable',
    sends: { host: 'h@rbd', binary: 'cinder-volume' },
  },
  'service disable': {
    call: ({ blockStorage }) => blockStorage.services.disable('h@rbd', 'cinder-volume', 'why'),
    request: 'PUT block-storage/os-services/disable-log-reason',
    sends: { host: 'h@rbd', binary: 'cinder-volume', disabled_reason: 'why' },
  },
};

it.each(Object.entries(CALLS))('%s is the call of the Block Storage API', (_, call) => expectCall(call));

it('a type without encryption has none', async () => {
  const cloud = await scriptedCloud(() => ({ body: {} }));
  expect(await cloud.client().blockStorage.volumeTypes.encryption('t')).toBeUndefined();
});
