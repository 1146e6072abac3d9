import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const user = { id: 'u', name: 'ann', domain_id: 'd', enabled: true, password_expires_at: null, email: 'a@b' };

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'user get': {
    call: ({ identity }) => identity.users.get('u'),
    request: 'GET identity/users/u',
    answer: { user },
    gives: { name: 'ann', passwordExpiresAt: undefined, email: 'a@b' },
  },
  'user list': {
    call: ({ identity }) => identity.users.list({ name: 'ann', enabled: false }),
    request: 'GET identity/users?name=ann&enabled=false',
    answer: { users: [user] },
    gives: [{ id: 'u' }],
  },
  'user create': {
    call: ({ identity }) => identity.users.create({ name: 'ann', password: 'pw', defaultProjectId: 'p' }),
    request: 'POST identity/users',
    sends: { user: { name: 'ann', password: 'pw', default_project_id: 'p' } },
    answer: { user },
    gives: { id: 'u' },
  },
  'user update': {
    call: ({ identity }) => identity.users.update('u', { password: 'new' }),
    request: 'PATCH identity/users/u',
    sends: { user: { password: 'new' } },
    answer: { user },
    gives: { id: 'u' },
  },
  'user delete': { call: ({ identity }) => identity.users.delete('u'), request: 'DELETE identity/users/u' },
};

it.each(Object.entries(CALLS))('%s is the call of the Identity API', (_, call) => expectCall(call));
