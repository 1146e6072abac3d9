import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const role = { id: 'r', name: 'member', domain_id: null };

const trust = {
  id: 't',
  trustor_user_id: 'u',
  trustee_user_id: 'v',
  project_id: 'p',
  impersonation: true,
  roles: [role],
};

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'trust get': {
    call: ({ identity }) => identity.trusts.get('t'),
    request: 'GET identity/OS-TRUST/trusts/t',
    answer: { trust },
    gives: { roles: ['member'], trusteeUserId: 'v' },
  },
  'trust list': {
    call: ({ identity }) => identity.trusts.list({ trustorUserId: 'u' }),
    request: 'GET identity/OS-TRUST/trusts?trustor_user_id=u',
    answer: { trusts: [trust] },
    gives: [{ id: 't' }],
  },
  'trust create': {
    call: ({ identity }) =>
      identity.trusts.create({ trustorUserId: 'u', trusteeUserId: 'v', projectId: 'p', roles: ['member'] }),
    request: 'POST identity/OS-TRUST/trusts',
    sends: {
      trust: {
        ...{ trustor_user_id: 'u', trustee_user_id: 'v', project_id: 'p' },
        ...{ roles: [{ name: 'member' }], impersonation: true },
      },
    },
    answer: { trust },
    gives: { id: 't' },
  },
  'trust delete': { call: ({ identity }) => identity.trusts.delete('t'), request: 'DELETE identity/OS-TRUST/trusts/t' },
};

it.each(Object.entries(CALLS))('%s is the call of the Identity API', (_, call) => expectCall(call));
