import { isRecord, type WireRecord } from '../../wire/record.ts';
import type { FakeClock } from '../clock.ts';
import { badRequest, Fault, forbidden } from '../http/fault.ts';
import type { KeystoneDirectory, TokenRequest } from './directory.ts';
import type { FakeApplicationCredential, FakeProject, FakeScope, FakeUser, IssuedToken } from './model.ts';

/** `POST /v3/auth/tokens`: who is it, what is the token for, and may they. */
export function logIn(directory: KeystoneDirectory, clock: FakeClock, body: unknown): IssuedToken {
  const auth = part(body, 'auth');
  const identity = part(auth, 'identity');
  const methods = identity['methods'];
  const method = Array.isArray(methods) ? String(methods[0]) : '';
  if (method === 'application_credential') return directory.issueToken(byCredential(directory, clock, identity));
  const user = method === 'token' ? byToken(directory, identity) : byPassword(directory, identity);
  if (user?.enabled !== true) throw refused();
  return directory.issueToken({ ...scoped(directory, clock, user, auth), methods: [method] });
}

function scoped(directory: KeystoneDirectory, clock: FakeClock, user: FakeUser, auth: WireRecord): TokenRequest {
  const wanted = auth['scope'];
  if (wanted === 'unscoped') return { user, scope: undefined };
  if (wanted === undefined) {
    const projectId = user.defaultProjectId;
    const scope: FakeScope | undefined = projectId === undefined ? undefined : { kind: 'project', projectId };
    return { user, scope: scope !== undefined && directory.rolesOf(user, scope).length > 0 ? scope : undefined };
  }
  if (isRecord(wanted) && isRecord(wanted['OS-TRUST:trust'])) {
    return byTrust(directory, clock, user, String(wanted['OS-TRUST:trust']['id']));
  }
  const scope = scopeOf(directory, wanted);
  if (scope === undefined || directory.rolesOf(user, scope).length === 0) throw refused();
  return { user, scope };
}

function scopeOf(directory: KeystoneDirectory, wanted: unknown): FakeScope | undefined {
  if (isRecord(wanted) && 'system' in wanted) return { kind: 'system' };
  if (isRecord(wanted) && 'domain' in wanted) {
    const { id, name } = part(wanted, 'domain');
    return id === 'default' || name === 'Default' ? { kind: 'domain' } : undefined;
  }
  const project = findProject(directory, part(wanted, 'project'));
  return project?.enabled === true ? { kind: 'project', projectId: project.id } : undefined;
}

function findProject(directory: KeystoneDirectory, wanted: WireRecord): FakeProject | undefined {
  return directory.findProject(({ id, name }) =>
    wanted['id'] === undefined ? name === wanted['name'] : id === wanted['id'],
  );
}

function byToken(directory: KeystoneDirectory, identity: WireRecord): FakeUser | undefined {
  return directory.findToken(String(part(identity, 'token')['id']))?.user;
}

function byPassword(directory: KeystoneDirectory, identity: WireRecord): FakeUser | undefined {
  const wanted = part(part(identity, 'password'), 'user');
  const found = findUser(directory, wanted);
  return found?.password === wanted['password'] ? found : undefined;
}

function findUser(directory: KeystoneDirectory, wanted: WireRecord): FakeUser | undefined {
  return directory.findUser(({ id, name }) =>
    wanted['id'] === undefined ? name === wanted['name'] : id === wanted['id'],
  );
}

function byCredential(directory: KeystoneDirectory, clock: FakeClock, identity: WireRecord): TokenRequest {
  const wanted = part(identity, 'application_credential');
  const credential = directory.applicationCredentials.find((each) => isWanted(directory, each, wanted));
  const user = credential === undefined ? undefined : directory.users.get(credential.userId);
  const isOver = credential?.expiresAt !== undefined && credential.expiresAt.getTime() <= clock.now();
  if (credential === undefined || user?.enabled !== true || isOver || credential.secret !== wanted['secret']) {
    throw refused();
  }
  const scope: FakeScope = { kind: 'project', projectId: credential.projectId };
  return { user, scope, roles: credential.roles, methods: ['application_credential'] };
}

function isWanted(directory: KeystoneDirectory, credential: FakeApplicationCredential, wanted: WireRecord): boolean {
  if (wanted['id'] !== undefined) return credential.id === wanted['id'];
  return credential.name === wanted['name'] && findUser(directory, part(wanted, 'user'))?.id === credential.userId;
}

function byTrust(directory: KeystoneDirectory, clock: FakeClock, user: FakeUser, id: string): TokenRequest {
  const trust = directory.trusts.get(id);
  if (trust === undefined) throw new Fault(404, 'notFound', `Could not find trust: ${id}.`);
  const isOver = trust.expiresAt !== undefined && trust.expiresAt.getTime() <= clock.now();
  const trustor = directory.users.get(trust.trustorId);
  if (trust.trusteeId !== user.id || isOver || trustor === undefined) {
    throw forbidden('You are not authorized to perform the requested action: is not authorized to use this trust.');
  }
  const scope: FakeScope = { kind: 'project', projectId: trust.projectId };
  return { user: trust.impersonation ? trustor : user, scope, roles: trust.roles, trust };
}

function refused(): Fault {
  return new Fault(401, 'unauthorized', 'The request you have made requires authentication.');
}

function part(value: unknown, key: string): WireRecord {
  const found = isRecord(value) ? value[key] : undefined;
  if (!isRecord(found)) throw badRequest(`'${key}' is a required property`);
  return found;
}
