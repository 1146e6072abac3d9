import { randomBytes } from 'node:crypto';
import { isRecord, type WireRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import { badRequest, conflict, Fault } from '../http/fault.ts';
import type { RouteTable } from '../http/routes.ts';
import type { KeystoneDirectory } from './directory.ts';
import { keystoneId } from './id.ts';
import { writeRole } from './kinds.ts';
import { type FakeApplicationCredential, type FakeTrust, isAdmin } from './model.ts';
import { notAuthorized } from './policy.ts';
import { booleanOf, fieldsOf, fits, listBody, nameOf, textOf } from './resource.ts';
import { keystoneTime } from './token-wire.ts';

/** How users lend their roles: to programs by application credentials, to others by trusts. */
export function delegationRoutes(directory: KeystoneDirectory): RouteTable {
  return { ...applicationCredentialRoutes(directory), ...trustRoutes(directory) };
}

function applicationCredentialRoutes(directory: KeystoneDirectory): RouteTable {
  const { applicationCredentials } = directory;
  const write = (request: FakeRequest, credential: FakeApplicationCredential): WireRecord => ({
    id: credential.id,
    name: credential.name,
    description: credential.description,
    user_id: credential.userId,
    project_id: credential.projectId,
    system: null,
    expires_at: credential.expiresAt?.toISOString().replace('Z', '000') ?? null,
    unrestricted: credential.unrestricted ? true : null,
    roles: writeRoles(directory, credential.roles),
    links: { self: `${request.origin}/v3/application_credentials/${credential.id}` },
  });
  const existing = (request: FakeRequest, userId: string, id: string): FakeApplicationCredential => {
    requireSelf(request, userId, 'get_application_credential');
    const credential = applicationCredentials.get(id);
    if (credential?.userId === userId) return credential;
    throw new Fault(404, 'notFound', `Could not find Application Credential: ${id}.`);
  };
  return {
    'GET /v3/users/:user/application_credentials': (request, parameter) => {
      requireSelf(request, parameter('user'), 'list_application_credentials');
      const found = applicationCredentials
        .all()
        .filter(({ userId }) => userId === parameter('user'))
        .map((credential) => write(request, credential))
        .filter((credential) => fits(request, credential));
      return { status: 200, body: listBody(request, 'application_credentials', found) };
    },
    'POST /v3/users/:user/application_credentials': (request, parameter) => {
      const { token } = request;
      if (token?.user.id !== parameter('user')) throw notAuthorized('create_application_credential');
      const fields = fieldsOf(request, 'application_credential');
      const name = nameOf(fields, undefined);
      const roles = rolesOf(fields) ?? token.roles;
      if (roles.some((role) => !token.roles.includes(role))) {
        throw badRequest(
          'Invalid application credential: Cannot create an application credential with unassigned role',
        );
      }
      const twin = applicationCredentials.find((each) => each.userId === token.user.id && each.name === name);
      if (twin !== undefined) {
        throw conflict(
          `Conflict occurred attempting to store application_credential - Duplicate entry found with name ${name}.`,
        );
      }
      const expires = textOf(fields, 'expires_at');
      const credential = applicationCredentials.save({
        id: keystoneId(),
        name,
        description: textOf(fields, 'description') ?? null,
        userId: token.user.id,
        projectId: token.project.id,
        roles,
        secret: textOf(fields, 'secret') ?? randomBytes(64).toString('base64url'),
        unrestricted: booleanOf(fields, 'unrestricted') ?? false,
        expiresAt: expires === undefined ? undefined : new Date(`${expires.replace(/Z$/, '')}Z`),
      });
      const body = { application_credential: { ...write(request, credential), secret: credential.secret } };
      return { status: 201, body };
    },
    'GET /v3/users/:user/application_credentials/:id': (request, parameter) => ({
      status: 200,
      body: { application_credential: write(request, existing(request, parameter('user'), parameter('id'))) },
    }),
    'DELETE /v3/users/:user/application_credentials/:id': (request, parameter) => {
      applicationCredentials.delete(existing(request, parameter('user'), parameter('id')).id);
      return { status: 204 };
    },
  };
}

function trustRoutes(directory: KeystoneDirectory): RouteTable {
  const { trusts } = directory;
  const write = (request: FakeRequest, trust: FakeTrust): WireRecord => ({
    id: trust.id,
    trustor_user_id: trust.trustorId,
    trustee_user_id: trust.trusteeId,
    project_id: trust.projectId,
    impersonation: trust.impersonation,
    expires_at: trust.expiresAt === undefined ? null : keystoneTime(trust.expiresAt),
    remaining_uses: null,
    deleted_at: null,
    redelegated_trust_id: null,
    redelegation_count: 0,
    links: { self: `${request.origin}/v3/OS-TRUST/trusts/${trust.id}` },
  });
  /** Lists leave the roles out. */
  const writeWhole = (request: FakeRequest, trust: FakeTrust): WireRecord => ({
    ...write(request, trust),
    roles: writeRoles(directory, trust.roles),
    roles_links: { self: `${request.origin}/v3/${trust.id}/roles`, next: null, previous: null },
  });
  const existing = (request: FakeRequest, id: string): FakeTrust => {
    const trust = trusts.get(id);
    const user = request.token?.user.id;
    if (trust !== undefined && (trust.trustorId === user || trust.trusteeId === user || isAdmin(request.token))) {
      return trust;
    }
    throw new Fault(404, 'notFound', `Could not find trust: ${id}.`);
  };
  return {
    'GET /v3/OS-TRUST/trusts': (request) => {
      const user = request.token?.user.id;
      const own = request.query.get('trustor_user_id') === user || request.query.get('trustee_user_id') === user;
      if (!own && !isAdmin(request.token)) throw notAuthorized('list_trusts');
      const found = trusts
        .all()
        .map((trust) => write(request, trust))
        .filter((trust) => fits(request, trust));
      return { status: 200, body: listBody(request, 'trusts', found) };
    },
    'POST /v3/OS-TRUST/trusts': (request) => {
      const fields = fieldsOf(request, 'trust');
      const { token } = request;
      if (token === undefined || textOf(fields, 'trustor_user_id') !== token.user.id) {
        throw notAuthorized('create_trust');
      }
      const roles = rolesOf(fields) ?? [];
      if (roles.some((role) => !token.roles.includes(role))) throw notAuthorized('create_trust');
      const expires = textOf(fields, 'expires_at');
      const trust = trusts.save({
        id: keystoneId(),
        trustorId: token.user.id,
        trusteeId: textOf(fields, 'trustee_user_id') ?? '',
        projectId: textOf(fields, 'project_id') ?? '',
        impersonation: booleanOf(fields, 'impersonation') ?? true,
        roles,
        expiresAt: expires === undefined ? undefined : new Date(expires),
      });
      return { status: 201, body: { trust: writeWhole(request, trust) } };
    },
    'GET /v3/OS-TRUST/trusts/:id': (request, parameter) => ({
      status: 200,
      body: { trust: writeWhole(request, existing(request, parameter('id'))) },
    }),
    'DELETE /v3/OS-TRUST/trusts/:id': (request, parameter) => {
      trusts.delete(existing(request, parameter('id')).id);
      return { status: 204 };
    },
  };
}

function requireSelf(request: FakeRequest, userId: string, action: string): void {
  if (request.token?.user.id !== userId && !isAdmin(request.token)) throw notAuthorized(action);
}

function rolesOf(fields: WireRecord): string[] | undefined {
  const { roles } = fields;
  if (!Array.isArray(roles)) return undefined;
  return roles.filter(isRecord).map((role) => String(role['name']));
}

function writeRoles(directory: KeystoneDirectory, names: readonly string[]): WireRecord[] {
  return directory.roles
    .all()
    .filter(({ name }) => names.includes(name))
    .map(writeRole);
}
