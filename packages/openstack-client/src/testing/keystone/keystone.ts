import type { WireRecord } from '../../wire/record.ts';
import type { FakeClock } from '../clock.ts';
import type { FakeAnswer, FakeRequest } from '../http/exchange.ts';
import type { FakeServiceDefinition } from '../http/fake-service.ts';
import { Fault, forbidden } from '../http/fault.ts';
import { delegationRoutes } from './delegation.ts';
import type { KeystoneDirectory } from './directory.ts';
import { kindRoutes } from './kinds.ts';
import { logIn } from './login.ts';
import type { IssuedToken } from './model.ts';
import { listBody } from './resource.ts';
import { roleAssignmentRoutes } from './role-assignments.ts';
import { writeCatalog, writeToken } from './token-wire.ts';

/** Keystone v3: tokens, catalog, projects, users, roles, role assignments, services, endpoints, credentials, trusts. */
export function keystone(directory: KeystoneDirectory, clock: FakeClock): FakeServiceDefinition {
  const subject = (request: FakeRequest, action: string): IssuedToken => {
    const value = request.header('x-subject-token') ?? '';
    const own = value === request.token?.value;
    const mayAsk = request.token?.roles.some((role) => role === 'admin' || role === 'service') ?? false;
    if (!own && !mayAsk) throw forbidden(`You are not authorized to perform the requested action: identity:${action}.`);
    const token = directory.findToken(value);
    if (token === undefined) throw new Fault(404, 'notFound', 'Could not recognize Fernet token');
    return token;
  };
  return {
    name: 'identity',
    isPublic: (method, path) => path === '/' || /^\/v3\/?$/.test(path) || (method === 'POST' && isLogin(path)),
    faultBody: ({ status, message }) => ({ error: { code: status, message, title: TITLES[status] ?? 'Error' } }),
    routes: {
      'GET /': (request) => ({ status: 300, body: { versions: { values: [version(request)] } } }),
      'GET /v3': (request) => ({ status: 200, body: { version: version(request) } }),
      'POST /v3/auth/tokens': (request) => {
        const token = logIn(directory, clock, request.body);
        return tokenAnswer(201, token, writeToken(directory, token, !request.query.has('nocatalog')));
      },
      'GET /v3/auth/tokens': (request) => {
        const token = subject(request, 'validate_token');
        return tokenAnswer(200, token, writeToken(directory, token, !request.query.has('nocatalog')));
      },
      'DELETE /v3/auth/tokens': (request) => {
        directory.revokeToken(subject(request, 'revoke_token').value);
        return { status: 204 };
      },
      'GET /v3/auth/catalog': (request) => ({
        status: 200,
        body: { catalog: request.token === undefined ? [] : writeCatalog(directory, request.token) },
      }),
      'GET /v3/auth/projects': (request) => {
        const { token } = request;
        const mine = directory.projects
          .all()
          .filter(
            ({ id }) =>
              token !== undefined && directory.rolesOf(token.user, { kind: 'project', projectId: id }).length > 0,
          )
          .map(({ id, name, enabled, description }) => ({ id, name, domain_id: 'default', description, enabled }));
        return { status: 200, body: listBody(request, 'projects', mine) };
      },
      ...kindRoutes(directory),
      ...roleAssignmentRoutes(directory),
      ...delegationRoutes(directory),
    },
  };
}

function isLogin(path: string): boolean {
  return path.replace(/\/$/, '') === '/v3/auth/tokens';
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
};

function tokenAnswer(status: number, token: IssuedToken, wire: WireRecord): FakeAnswer {
  return { status, headers: { 'x-subject-token': token.value, vary: 'X-Auth-Token' }, body: { token: wire } };
}

function version(request: FakeRequest): WireRecord {
  return {
    id: 'v3.14',
    status: 'stable',
    updated: '2020-04-07T00:00:00Z',
    links: [{ rel: 'self', href: `${request.origin}/v3/` }],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
  };
}
