import { expect, it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';
import { scriptedCloud } from '../../../test/scripted-cloud.ts';

const credential = {
  ...{ id: 'c', name: 'ci', project_id: 'p', roles: [{ name: 'reader' }], unrestricted: false },
  ...{ expires_at: '2027-01-01T00:00:00.000000', description: null },
};

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'application credential get': {
    call: ({ identity }) => identity.applicationCredentials.get('u', 'c'),
    request: 'GET identity/users/u/application_credentials/c',
    answer: { application_credential: credential },
    gives: { roles: ['reader'], expiresAt: new Date('2027-01-01T00:00:00Z') },
  },
  'application credential list': {
    call: ({ identity }) => identity.applicationCredentials.list('u', { name: 'ci' }),
    request: 'GET identity/users/u/application_credentials?name=ci',
    answer: { application_credentials: [credential] },
    gives: [{ id: 'c' }],
  },
  'application credential delete': {
    call: ({ identity }) => identity.applicationCredentials.delete('u', 'c'),
    request: 'DELETE identity/users/u/application_credentials/c',
  },
};

it.each(Object.entries(CALLS))('%s is the call of the Identity API', (_, call) => expectCall(call));

it("an application credential's secret is told once, and is not in raw", async () => {
  const cloud = await scriptedCloud(() => ({
    body: { application_credential: { ...credential, secret: 'told-once' } },
  }));
  const expiresAt = new Date('2027-01-01T00:00:00Z');
  const { applicationCredentials } = cloud.client().identity;
  const made = await applicationCredentials.create('u', { name: 'ci', roles: ['reader'], expiresAt });
  expect(made.secret).toBe('told-once');
  expect(JSON.stringify(made.credential)).not.toContain('told-once');
  expect(cloud.requests[0]?.body).toEqual({
    application_credential: { name: 'ci', roles: [{ name: 'reader' }], expires_at: '2027-01-01T00:00:00.000' },
  });
});
