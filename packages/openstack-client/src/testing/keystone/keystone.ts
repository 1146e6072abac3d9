import { randomBytes } from 'node:crypto';
import { isRecord, type WireRecord } from '../../wire/record.ts';
import type { FakeAnswer, FakeRequest } from '../http/exchange.ts';
import type { FakeServiceDefinition } from '../http/fake-service.ts';
import { badRequest, Fault, forbidden } from '../http/fault.ts';
import type { KeystoneDirectory } from './directory.ts';
import type { FakeProject, FakeUser, IssuedToken } from './model.ts';

/** One endpoint URL per service type; `%(project_id)s` stands for the token's project. */
export type EndpointTemplates = Readonly<Record<string, { readonly name: string; readonly url: string }>>;

/** Keystone v3: `POST` and `GET /v3/auth/tokens`, version discovery. */
export function keystone(
  directory: KeystoneDirectory,
  region: string,
  endpoints: () => EndpointTemplates,
): FakeServiceDefinition {
  const wire = (token: IssuedToken, method: string, catalog: boolean): WireRecord => ({
    methods: [method],
    user: { domain: DOMAIN, id: token.user.id, name: token.user.name, password_expires_at: null },
    audit_ids: [randomBytes(16).toString('base64url')],
    expires_at: keystoneTime(token.expiresAt),
    issued_at: keystoneTime(token.issuedAt),
    project: { domain: DOMAIN, id: token.project.id, name: token.project.name },
    is_domain: false,
    roles: token.roles.map((name) => ({ id: roleId(name), name })),
    ...(catalog ? { catalog: catalogOf(endpoints(), region, token.project) } : {}),
  });
  return {
    name: 'identity',
    isPublic: (method, path) => method === 'POST' || !path.includes('auth'),
    faultBody: ({ status, message }) => ({ error: { code: status, message, title: TITLES[status] ?? 'Error' } }),
    routes: {
      'GET /': (request) => ({ status: 300, body: { versions: { values: [version(request)] } } }),
      'GET /v3': (request) => ({ status: 200, body: { version: version(request) } }),
      'POST /v3/auth/tokens': (request) => {
        const { token, method } = logIn(directory, request.body);
        return tokenAnswer(201, token, wire(token, method, true));
      },
      'GET /v3/auth/tokens': (request) => {
        const subject = request.header('x-subject-token') ?? '';
        const token = directory.findToken(subject);
        const own = subject === request.token?.value;
        const mayValidate = request.token?.roles.some((role) => role === 'admin' || role === 'service') ?? false;
        if (!own && !mayValidate) {
          throw forbidden('You are not authorized to perform the requested action: identity:validate_token.');
        }
        if (token === undefined) throw new Fault(404, 'notFound', 'Could not recognize Fernet token');
        return tokenAnswer(200, token, wire(token, 'password', !request.query.has('nocatalog')));
      },
    },
  };
}

const DOMAIN = { id: 'default', name: 'Default' };
const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
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

/** Microseconds and a zone, as Keystone writes it. */
function keystoneTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}

function roleId(name: string): string {
  return Buffer.from(name.padEnd(16, '.')).toString('hex').slice(0, 32);
}

function catalogOf(endpoints: EndpointTemplates, region: string, project: FakeProject): WireRecord[] {
  return Object.entries(endpoints).map(([type, { name, url }], index) => ({
    id: index.toString(16).padStart(32, '0'),
    type,
    name,
    endpoints: ['public', 'internal', 'admin'].map((kind, place) => ({
      id: (index * 3 + place).toString(16).padStart(32, 'e'),
      interface: kind,
      region_id: region,
      region,
      url: url.replace('%(project_id)s', project.id),
    })),
  }));
}

function logIn(directory: KeystoneDirectory, body: unknown): { token: IssuedToken; method: string } {
  const auth = part(body, 'auth');
  const identity = part(auth, 'identity');
  const methods = identity['methods'];
  const method = Array.isArray(methods) ? methods[0] : undefined;
  const user = method === 'token' ? userOfToken(directory, identity) : userOfPassword(directory, identity);
  const project = projectOf(directory, auth);
  if (user === undefined || project === undefined || directory.rolesOf(user, project).length === 0) {
    throw new Fault(401, 'unauthorized', 'The request you have made requires authentication.');
  }
  return { token: directory.issueToken(user, project), method: String(method) };
}

function userOfToken(directory: KeystoneDirectory, identity: WireRecord): FakeUser | undefined {
  return directory.findToken(String(part(identity, 'token')['id']))?.user;
}

function userOfPassword(directory: KeystoneDirectory, identity: WireRecord): FakeUser | undefined {
  const user = part(part(identity, 'password'), 'user');
  const found = directory.findUser(({ id, name }) =>
    user['id'] === undefined ? name === user['name'] : id === user['id'],
  );
  return found?.password === user['password'] ? found : undefined;
}

function projectOf(directory: KeystoneDirectory, auth: WireRecord): FakeProject | undefined {
  const project = part(part(auth, 'scope'), 'project');
  return directory.findProject(({ id, name }) =>
    project['id'] === undefined ? name === project['name'] : id === project['id'],
  );
}

function part(value: unknown, key: string): WireRecord {
  const found = isRecord(value) ? value[key] : undefined;
  if (!isRecord(found)) throw badRequest(`'${key}' is a required property`);
  return found;
}
