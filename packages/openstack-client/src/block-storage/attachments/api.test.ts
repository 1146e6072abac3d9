import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const attachment = {
  id: 'a',
  status: 'reserved',
  instance: null,
  volume_id: 'v',
  attach_mode: 'ro',
  connection_info: {},
};

const CALLS: Readonly<Record<string, RecordedCall>> = {
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
    request: 'GET block-storage/attachments?volume_id=v&attach_status=attached&all_tenants=1',
    microversion: 'volume 3.44',
    answer: { attachments: [attachment] },
    gives: [{ id: 'a' }],
  },
};

it.each(Object.entries(CALLS))('%s is the call of the Block Storage API', (_, call) => expectCall(call));
