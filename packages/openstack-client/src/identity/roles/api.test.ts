import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const role = { id: 'r', name: 'member', domain_id: null };

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'role get': {
    call: ({ identity }) => identity.roles.get('r'),
    request: 'GET identity/roles/r',
    answer: { role },
    gives: { name: 'member', domainId: undefined },
  },
  'role list': {
    call: ({ identity }) => identity.roles.list({ name: 'member' }),
    request: 'GET identity/roles?name=member',
    answer: { roles: [role] },
    gives: [{ id: 'r' }],
  },
  'role create': {
    call: ({ identity }) => identity.roles.create({ name: 'member', domainId: 'd' }),
    request: 'POST identity/roles',
    sends: { role: { name: 'member', domain_id: 'd' } },
    answer: { role },
    gives: { id: 'r' },
  },
  'role delete': { call: ({ identity }) => identity.roles.delete('r'), request: 'DELETE identity/roles/r' },
};

it.each(Object.entries(CALLS))('%s is the call of the Identity API', (_, call) => expectCall(call));
