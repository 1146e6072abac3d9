import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const volume = {
  ...{ id: 'v', name: 'data', status: 'available', size: 2, bootable: 'true', attachments: [], metadata: {} },
  ...{ shared_targets: null, service_uuid: 'x', volume_type_id: 't', consumes_quota: true, snapshot_id: null },
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
  'volume encryption': {
    call: ({ blockStorage }) => blockStorage.volumes.encryption('v'),
    request: 'GET block-storage/volumes/v/encryption',
    answer: { encryption_key_id: 'k', provider: 'luks', control_location: 'front-end', key_size: 256 },
    gives: { keyId: 'k', provider: 'luks', controlLocation: 'front-end', keySizeBits: 256 },
  },
};

it.each(Object.entries(CALLS))('%s is the call of the Block Storage API', (_, call) => expectCall(call));
