import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const service = { id: 's', type: 'compute', name: 'nova', enabled: true };

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'service get': {
    call: ({ identity }) => identity.services.get('s'),
    request: 'GET identity/services/s',
    answer: { service },
    gives: { type: 'compute' },
  },
  'service list': {
    call: ({ identity }) => identity.services.list({ type: 'compute' }),
    request: 'GET identity/services?type=compute',
    answer: { services: [service] },
    gives: [{ name: 'nova' }],
  },
  'service create': {
    call: ({ identity }) => identity.services.create({ type: 'compute', name: 'nova' }),
    request: 'POST identity/services',
    sends: { service: { type: 'compute', name: 'nova' } },
    answer: { service },
    gives: { id: 's' },
  },
  'service update': {
    call: ({ identity }) => identity.services.update('s', { enabled: false }),
    request: 'PATCH identity/services/s',
    sends: { service: { enabled: false } },
    answer: { service },
    gives: { id: 's' },
  },
  'service delete': { call: ({ identity }) => identity.services.delete('s'), request: 'DELETE identity/services/s' },
};

it.each(Object.entries(CALLS))('%s is the call of the Identity API', (_, call) => expectCall(call));
