import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const message = {
  ...{ id: 'm', event_id: 'VOLUME_VOLUME_001_003', message_level: 'ERROR', user_message: 'no room' },
  ...{ resource_type: 'VOLUME', resource_uuid: 'v', request_id: 'req-1', created_at: '2026-11-22T10:00:00.000000' },
};

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'message get': {
    call: ({ blockStorage }) => blockStorage.messages.get('m'),
    request: 'GET block-storage/messages/m',
    microversion: 'volume 3.5',
    answer: { message },
    gives: { text: 'no room', level: 'ERROR', resourceId: 'v', guaranteedUntil: undefined },
  },
  'message list': {
    call: ({ blockStorage }) => blockStorage.messages.list({ resourceId: 'v', resourceType: 'VOLUME' }),
    request: 'GET block-storage/messages?resource_uuid=v&resource_type=VOLUME',
    microversion: 'volume 3.5',
    answer: { messages: [message] },
    gives: [{ eventId: 'VOLUME_VOLUME_001_003' }],
  },
  'message delete': {
    call: ({ blockStorage }) => blockStorage.messages.delete('m'),
    request: 'DELETE block-storage/messages/m',
    microversion: 'volume 3.5',
  },
};

it.each(Object.entries(CALLS))('%s is the call of the Block Storage API', (_, call) => expectCall(call));
