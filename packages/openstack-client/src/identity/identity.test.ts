import { expect, it, onTestFinished, vi } from 'vitest';
import { expectCall, type RecordedCall } from '../../test/recorded-call.ts';
import { scriptedCloud } from '../../test/scripted-cloud.ts';
import { NotFoundError, ServiceUnavailableError } from '../error/http-error.ts';

const project = { id: 'p', name: 'lab', domain_id: 'd', parent_id: 'd', description: '', enabled: true, tags: ['t'] };
const user = { id: 'u', name: 'ann', domain_id: 'd', enabled: true, password_expires_at: null, email: 'a@b' };
const role = { id: 'r', name: 'member', domain_id: null };
const service = { id: 's', type: 'compute', name: 'nova', enabled: true };
const endpoint = { id: 'e', service_id: 's', interface: 'public', region_id: 'one', url: 'http://x', enabled: true };
const credential = {
  ...{ id: 'c', name: 'ci', project_id: 'p', roles: [{ name: 'reader' }], unrestricted: false },
  ...{ expires_at: '2027-01-01T00:00:00.000000', description: null },
};
const trust = {
  id: 't',
  trustor_user_id: 'u',
  trustee_user_id: 'v',
  project_id: 'p',
  impersonation: true,
  roles: [role],
};
const catalog = [
  { type: 'compute', name: 'nova', endpoints: [{ interface: 'public', region: 'one', url: 'http://x' }] },
];

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'project get': {
    call: ({ identity }) => identity.projects.get('p'),
    request: 'GET identity/projects/p',
    answer: { project },
    gives: { id: 'p', name: 'lab', domainId: 'd', tags: ['t'], raw: project },
  },
  'project list': {
    call: ({ identity }) => identity.projects.list({ name: 'lab', domainId: 'd', enabled: true }),
    request: 'GET identity/projects?name=lab&domain_id=d&enabled=true',
    answer: { projects: [project], links: { next: null } },
    gives: [{ id: 'p' }],
  },
  'project create': {
    call: ({ identity }) => identity.projects.create({ name: 'lab', domainId: 'd', tags: ['t'] }),
    request: 'POST identity/projects',
    sends: { project: { name: 'lab', domain_id: 'd', tags: ['t'] } },
    answer: { project },
    gives: { id: 'p' },
  },
  'project update': {
    call: ({ identity }) => identity.projects.update('p', { enabled: false }),
    request: 'PATCH identity/projects/p',
    sends: { project: { enabled: false } },
    answer: { project: { ...project, enabled: false } },
    gives: { enabled: false },
  },
  'project delete': { call: ({ identity }) => identity.projects.delete('p'), request: 'DELETE identity/projects/p' },
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
  'role assignment list': {
    call: ({ identity }) => identity.roleAssignments.list({ userId: 'u', effective: true, includeNames: true }),
    request: 'GET identity/role_assignments?user.id=u&effective=true&include_names=true',
    answer: {
      role_assignments: [
        { role, user: { id: 'u', name: 'ann' }, scope: { project: { id: 'p' } } },
        { role, group: { id: 'g' }, scope: { domain: { id: 'd' } } },
        { role, user: { id: 'u' }, scope: { system: { all: true } } },
        { role, user: { id: 'u' }, scope: { moon: {} } },
      ],
    },
    gives: [
      { roleName: 'member', userName: 'ann', scope: { kind: 'project', projectId: 'p' } },
      { groupId: 'g', userId: undefined, scope: { kind: 'domain', domainId: 'd' } },
      { scope: { kind: 'system' } },
      { scope: undefined },
    ],
  },
  'role grant on a project': {
    call: ({ identity }) =>
      identity.roleAssignments.grant({ roleId: 'r', userId: 'u', scope: { kind: 'project', projectId: 'p' } }),
    request: 'PUT identity/projects/p/users/u/roles/r',
  },
  'role grant on a domain': {
    call: ({ identity }) =>
      identity.roleAssignments.grant({ roleId: 'r', userId: 'u', scope: { kind: 'domain', domainId: 'd' } }),
    request: 'PUT identity/domains/d/users/u/roles/r',
  },
  'role revoke on the system': {
    call: ({ identity }) => identity.roleAssignments.revoke({ roleId: 'r', userId: 'u', scope: { kind: 'system' } }),
    request: 'DELETE identity/system/users/u/roles/r',
  },
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
  catalog: {
    call: ({ identity }) => identity.catalog(),
    request: 'GET identity/auth/catalog',
    answer: { catalog },
    gives: catalog,
  },
  'token revoke': { call: ({ identity }) => identity.tokens.revoke('x'), request: 'DELETE identity/auth/tokens' },
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

const token = (expiresAt: number): object => ({
  token: {
    user: { id: 'u', name: 'ann' },
    issued_at: new Date(0).toISOString(),
    expires_at: new Date(expiresAt).toISOString(),
  },
});

it('a validator asks once per token and time, however many ask it', async () => {
  const cloud = await scriptedCloud(() => ({ body: token(Date.now() + 60_000) }));
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const validator = cloud.client().identity.tokens.validator({ maxAgeMs: 1_000 });
  const all = await Promise.all(Array.from({ length: 20 }, () => validator.validate('t')));
  expect(all[0]?.userName).toBe('ann');
  expect(cloud.requests).toHaveLength(1);
  vi.setSystemTime(Date.now() + 1_001);
  await validator.validate('t');
  expect(cloud.requests).toHaveLength(2);
  validator.clear();
  await validator.validate('t');
  expect(cloud.requests).toHaveLength(3);
  const patient = cloud.client().identity.tokens.validator({ maxAgeMs: 200_000 });
  await patient.validate('t');
  vi.setSystemTime(Date.now() + 100_000);
  await expect(patient.validate('t')).rejects.toThrow(NotFoundError);
  expect(cloud.requests).toHaveLength(4);
});

it('a validator keeps refusals, forgets failures, and never grows beyond its size', async () => {
  const cloud = await scriptedCloud((_, index) => {
    if (index === 0) return { status: 404, body: { error: { message: 'no' } } };
    return index === 1 ? { status: 500 } : { body: token(Date.now() + 60_000) };
  });
  const validator = cloud.client().identity.tokens.validator({ maxEntries: 2 });
  await expect(validator.validate('bad')).rejects.toThrow(NotFoundError);
  await expect(validator.validate('bad')).rejects.toThrow(NotFoundError);
  expect(cloud.requests).toHaveLength(1);
  await expect(validator.validate('good')).rejects.toMatchObject({ status: 500 });
  for (const each of ['good', 'better', 'best', 'good']) await validator.validate(each);
  expect(cloud.requests).toHaveLength(6);
});

it('a caller of a validator waits no longer than it wants to', async () => {
  const answered = Promise.withResolvers<void>();
  const cloud = await scriptedCloud(async () => {
    await answered.promise;
    return { body: token(Date.now() + 60_000) };
  });
  const validator = cloud.client().identity.tokens.validator();
  await expect(validator.validate('x', { timeoutMs: 20 })).rejects.toMatchObject({ code: 'timeout' });
  answered.resolve();
  expect((await validator.validate('x')).userId).toBe('u');
});

it('one caller of a validator who leaves takes nothing from the others', async () => {
  const cloud = await scriptedCloud(() => ({ body: token(Date.now() + 60_000) }));
  const validator = cloud.client().identity.tokens.validator();
  const controller = new AbortController();
  const leaver = validator.validate('t', { signal: controller.signal });
  const stayer = validator.validate('t');
  controller.abort();
  await expect(leaver).rejects.toMatchObject({ code: 'aborted' });
  expect((await stayer).userId).toBe('u');
});

it('a Keystone that is away is no refusal', async () => {
  const cloud = await scriptedCloud(() => ({ status: 503 }));
  const validator = cloud.client({ retry: { attempts: 1 } }).identity.tokens.validator();
  await expect(validator.validate('t')).rejects.toThrow(ServiceUnavailableError);
});
