import { expect, it } from 'vitest';
import { applicationCredentialAuth, OpenStackClient, passwordAuth, type User } from '../../src/index.ts';
import { contract } from './contract.ts';
import { idOf } from './parts.ts';

contract('identity', (cloud) => {
  const { identity } = cloud.admin;
  const { authUrl } = cloud.credentials.admin;
  const roleId = async (name: string): Promise<string> => idOf(await identity.roles.list({ name }), name);

  async function newUser(password: string): Promise<User> {
    const user = await identity.users.create({ name: cloud.uniqueName(), password, domainId: 'default' });
    cloud.cleanUp(() => identity.users.delete(user.id));
    return user;
  }

  it('a user who gets a role in a project can log in there, until the role is taken away', async () => {
    const password = cloud.uniqueName();
    const user = await newUser(password);
    const project = await identity.projects.create({ name: cloud.uniqueName(), domainId: 'default' });
    cloud.cleanUp(() => identity.projects.delete(project.id));
    const scope = { kind: 'project', projectId: project.id } as const;
    const grant = { scope, userId: user.id, roleId: await roleId('member') };
    const logIn = async (): Promise<readonly string[]> => {
      const auth = passwordAuth({ authUrl, userId: user.id, password, projectId: project.id });
      const client = new OpenStackClient({ auth });
      const info = await cloud.service.identity.validateToken(await client.token());
      client.close();
      return info.roles;
    };
    await expect(logIn()).rejects.toMatchObject({ code: 'unauthorized' });

    await identity.roleAssignments.grant(grant);
    await identity.roleAssignments.grant(grant);
    expect([...(await logIn())].sort()).toEqual(['member', 'reader']);
    const [assignment, ...others] = await identity.roleAssignments.list({ userId: user.id, includeNames: true });
    expect(others).toEqual([]);
    expect(assignment).toMatchObject({ roleName: 'member', userName: user.name, scope });

    const effective = await identity.roleAssignments.list({ userId: user.id, effective: true, includeNames: true });
    expect(effective.map(({ roleName }) => roleName).sort()).toEqual(['member', 'reader']);

    await identity.roleAssignments.revoke(grant);
    await expect(logIn()).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(identity.roleAssignments.revoke(grant)).rejects.toMatchObject({
      code: 'not_found',
      fault: `Could not find role assignment with role: ${grant.roleId}, user or group: ${user.id}, project, domain, or system: ${project.id}.`,
    });
  });

  it('a role on a domain or on the system gives tokens for just that', async () => {
    const password = cloud.uniqueName();
    const user = await newUser(password);
    const reader = await roleId('reader');
    const who = { authUrl, userId: user.id, password };
    const places = [
      {
        scope: { kind: 'system' },
        auth: passwordAuth({ ...who, systemScope: 'all' }),
        token: { systemScoped: true, projectId: undefined, domainId: undefined },
      },
      {
        scope: { kind: 'domain', domainId: 'default' },
        auth: passwordAuth({ ...who, domainId: 'default' }),
        token: { systemScoped: false, projectId: undefined, domainId: 'default', domainName: 'Default' },
      },
    ] as const;
    for (const { scope, auth, token } of places) {
      const client = new OpenStackClient({ auth });
      await expect(client.token()).rejects.toMatchObject({ code: 'unauthorized' });
      await identity.roleAssignments.grant({ scope, userId: user.id, roleId: reader });
      const info = await cloud.service.identity.validateToken(await client.token());
      expect(info).toMatchObject({ ...token, userId: user.id, roles: ['reader'] });
      client.close();
    }
    const assignments = await identity.roleAssignments.list({ userId: user.id });
    expect(assignments.map(({ scope }) => scope?.kind).sort()).toEqual(['domain', 'system']);
  });

  it('a project that is disabled takes nobody in', async () => {
    const project = await identity.projects.create({ name: cloud.uniqueName(), description: 'of a test', tags: ['a'] });
    cloud.cleanUp(() => identity.projects.delete(project.id));
    expect(project).toMatchObject({ domainId: 'default', description: 'of a test', enabled: true, tags: ['a'] });
    const password = cloud.uniqueName();
    const user = await newUser(password);
    const scope = { kind: 'project', projectId: project.id } as const;
    await identity.roleAssignments.grant({ scope, userId: user.id, roleId: await roleId('reader') });
    expect((await identity.projects.update(project.id, { enabled: false })).enabled).toBe(false);
    const client = new OpenStackClient({
      auth: passwordAuth({ authUrl, userId: user.id, password, projectId: project.id }),
    });
    await expect(client.token()).rejects.toMatchObject({ code: 'unauthorized' });
    expect((await identity.projects.list({ name: project.name })).map(({ id }) => id)).toEqual([project.id]);
  });

  it('names are taken once', async () => {
    const user = await newUser('secret-of-a-test');
    const { name } = user;
    await expect(identity.users.create({ name, domainId: 'default' })).rejects.toMatchObject({
      code: 'conflict',
      fault: `Conflict occurred attempting to store user - Duplicate entry found with name ${name} at domain ID default.`,
    });
    await expect(identity.roles.create({ name: 'reader' })).rejects.toMatchObject({
      code: 'conflict',
      fault: 'Conflict occurred attempting to store role - Duplicate entry found with name reader.',
    });
  });

  it('a disabled user is shut out, and gone when deleted', async () => {
    const password = cloud.uniqueName();
    const user = await newUser(password);
    expect(user).toMatchObject({ enabled: true, domainId: 'default', passwordExpiresAt: undefined });
    const changed = await identity.users.update(user.id, { email: 'someone@example.org', enabled: false });
    expect(changed).toMatchObject({ email: 'someone@example.org', enabled: false });
    const client = new OpenStackClient({ auth: passwordAuth({ authUrl, userId: user.id, password }) });
    await expect(client.token()).rejects.toMatchObject({ code: 'unauthorized' });
    await identity.users.delete(user.id);
    await expect(identity.users.get(user.id)).rejects.toMatchObject({
      code: 'not_found',
      fault: `Could not find user: ${user.id}.`,
    });
  });

  it('a user may look at themselves, and at nobody else', async () => {
    const { userId } = await cloud.member.identity.validateToken(await cloud.member.token());
    expect((await cloud.member.identity.users.get(userId)).name).toBe(cloud.credentials.member.username);
    const expected = (action: string): object => ({
      code: 'forbidden',
      status: 403,
      fault: `You are not authorized to perform the requested action: identity:${action}.`,
    });
    await expect(cloud.member.identity.users.list()).rejects.toMatchObject(expected('list_users'));
    await expect(cloud.member.identity.projects.create({ name: 'x' })).rejects.toMatchObject(
      expected('create_project'),
    );
    await expect(cloud.member.identity.services.list()).rejects.toMatchObject(expected('list_services'));
    await expect(cloud.member.identity.roleAssignments.list()).rejects.toMatchObject(expected('list_role_assignments'));
  });

  it('the catalog has what the services and endpoints say', async () => {
    const service = await identity.services.create({ type: cloud.uniqueName(), name: 'contract' });
    cloud.cleanUp(() => identity.services.delete(service.id));
    const url = 'http://127.0.0.1:9/v1/%(project_id)s';
    const endpoint = await identity.endpoints.create({ serviceId: service.id, interface: 'public', url });
    const inCatalog = async (): Promise<unknown> =>
      (await cloud.member.identity.catalog()).find(({ type }) => type === service.type);
    const { projectId } = await cloud.member.identity.validateToken(await cloud.member.token());
    expect(await inCatalog()).toMatchObject({ endpoints: [{ url: `http://127.0.0.1:9/v1/${projectId}` }] });
    expect(await identity.endpoints.list({ serviceId: service.id })).toMatchObject([{ id: endpoint.id, url }]);
    const moved = await identity.endpoints.update(endpoint.id, { url: 'http://127.0.0.1:9/v2' });
    expect(moved.url).toBe('http://127.0.0.1:9/v2');
    await identity.endpoints.delete(endpoint.id);
    await expect(identity.endpoints.get(endpoint.id)).rejects.toMatchObject({
      code: 'not_found',
      fault: `Could not find endpoint: ${endpoint.id}.`,
    });
  });

  it('an application credential logs in with the roles that it was given, as long as it is there', async () => {
    const { member } = cloud;
    const { userId, projectId } = await member.identity.validateToken(await member.token());
    const name = cloud.uniqueName();
    const made = await member.identity.applicationCredentials.create(userId, { name, roles: ['reader'] });
    const { credential, secret } = made;
    cloud.cleanUp(() => member.identity.applicationCredentials.delete(userId, credential.id));
    expect(credential).toMatchObject({ name, projectId, roles: ['reader'], unrestricted: false, expiresAt: undefined });
    const byId = new OpenStackClient({ auth: applicationCredentialAuth({ authUrl, id: credential.id, secret }) });
    expect(await cloud.service.identity.validateToken(await byId.token())).toMatchObject({
      projectId,
      userId,
      roles: ['reader'],
      methods: ['application_credential'],
    });
    const byName = new OpenStackClient({ auth: applicationCredentialAuth({ authUrl, name, userId, secret }) });
    expect(await byName.token()).toMatch(/./);
    const wrong = new OpenStackClient({
      auth: applicationCredentialAuth({ authUrl, id: credential.id, secret: 'wrong' }),
    });
    await expect(wrong.token()).rejects.toMatchObject({ code: 'unauthorized' });
    expect((await member.identity.applicationCredentials.list(userId, { name })).map(({ id }) => id)).toEqual([
      credential.id,
    ]);
    await member.identity.applicationCredentials.delete(userId, credential.id);
    const late = new OpenStackClient({ auth: applicationCredentialAuth({ authUrl, id: credential.id, secret }) });
    await expect(late.token()).rejects.toMatchObject({ status: expect.any(Number) });
  });

  it('a trust lets another user act for its trustor, with the roles it names', async () => {
    const { member, service } = cloud;
    const trustor = await member.identity.validateToken(await member.token());
    const trustee = await service.identity.validateToken(await service.token());
    const trust = await member.identity.trusts.create({
      trustorUserId: trustor.userId,
      trusteeUserId: trustee.userId,
      projectId: trustor.projectId ?? '',
      roles: ['member'],
    });
    cloud.cleanUp(() => member.identity.trusts.delete(trust.id));
    expect(trust).toMatchObject({ impersonation: true, roles: ['member'] });
    const { username, password } = cloud.credentials.service;
    const client = new OpenStackClient({ auth: passwordAuth({ authUrl, username, password, trustId: trust.id }) });
    const info = await service.identity.validateToken(await client.token());
    expect(info).toMatchObject({ userId: trustor.userId, projectId: trustor.projectId, trustId: trust.id });
    expect(info.roles).toContain('member');
    expect(await member.identity.trusts.list({ trustorUserId: trustor.userId })).toMatchObject([{ id: trust.id }]);
  });

  it('a token that was revoked is a token no more', async () => {
    const client = new OpenStackClient({ auth: passwordAuth(cloud.credentials.member) });
    const token = await client.token();
    await client.identity.tokens.revoke(token);
    await expect(cloud.service.identity.validateToken(token)).rejects.toMatchObject({ code: 'not_found' });
    client.close();
  });

  it('a user without default project gets an unscoped token, and one for a project from it', async () => {
    const { username, password, projectName } = cloud.credentials.member;
    const client = new OpenStackClient({ auth: passwordAuth({ authUrl, username, password }) });
    const info = await cloud.service.identity.validateToken(await client.token());
    expect(info).toMatchObject({ userName: username, projectId: undefined, roles: [] });
    expect(projectName).toMatch(/./);
  });
});
