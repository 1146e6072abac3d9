import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const CALLS: Readonly<Record<string, RecordedCall>> = {
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
