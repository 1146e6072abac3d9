import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const CALLS: Readonly<Record<string, RecordedCall>> = {
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
