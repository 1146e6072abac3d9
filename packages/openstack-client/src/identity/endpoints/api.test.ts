import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const endpoint = { id: 'e', service_id: 's', interface: 'public', region_id: 'one', url: 'http://x', enabled: true };

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'endpoint get': {
    call: ({ identity }) => identity.endpoints.get('e'),
    request: 'GET identity/endpoints/e',
    answer: { endpoint },
    gives: { region: 'one', serviceId: 's' },
  },
  'endpoint list': {
    call: ({ identity }) => identity.endpoints.list({ interface: 'public', serviceId: 's' }),
    request: 'GET identity/endpoints?service_id=s&interface=public',
    answer: { endpoints: [endpoint] },
    gives: [{ id: 'e' }],
  },
  'endpoint create': {
    call: ({ identity }) => identity.endpoints.create({ serviceId: 's', interface: 'public', url: 'http://x' }),
    request: 'POST identity/endpoints',
    sends: { endpoint: { service_id: 's', interface: 'public', url: 'http://x' } },
    answer: { endpoint },
    gives: { id: 'e' },
  },
  'endpoint update': {
    call: ({ identity }) => identity.endpoints.update('e', { url: 'http://y' }),
    request: 'PATCH identity/endpoints/e',
    sends: { endpoint: { url: 'http://y' } },
    answer: { endpoint },
    gives: { id: 'e' },
  },
  'endpoint delete': { call: ({ identity }) => identity.endpoints.delete('e'), request: 'DELETE identity/endpoints/e' },
};

it.each(Object.entries(CALLS))('%s is the call of the Identity API', (_, call) => expectCall(call));
