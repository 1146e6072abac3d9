import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { OpenStackClient, type OpenStackClientOptions, passwordAuth } from '../src/index.ts';

export interface ScriptedRequest {
  readonly method: string;
  /** Service and path below its version, with the query: `compute/servers/42?x=1`. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Undefined: none. Text that isn't JSON stays text. */
  readonly body: unknown;
}

export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is sent as it is, anything else as JSON. */
  readonly body?: unknown;
}

export interface ScriptedCloud {
  readonly authUrl: string;
  readonly origin: string;
  /** What was asked, without authentications. */
  readonly requests: ScriptedRequest[];
  readonly authentications: unknown[];
  client(options?: Partial<OpenStackClientOptions>): OpenStackClient;
}

const SERVICES = [
  ['compute', 'v2.1'],
  ['block-storage', 'v3/p1'],
  ['network', 'v2.0'],
  ['image', 'v2'],
] as const;

/** A cloud whose Keystone works and whose every other call a test answers itself. */
export async function scriptedCloud(
  answer: (request: ScriptedRequest, index: number) => ScriptedAnswer | Promise<ScriptedAnswer>,
): Promise<ScriptedCloud> {
  const requests: ScriptedRequest[] = [];
  const authentications: unknown[] = [];
  let origin = '';
  const token = (): object => ({
    token: {
      user: { id: 'u1', name: 'ann', domain: { id: 'default', name: 'Default' } },
      project: { id: 'p1', name: 'lab', domain: { id: 'default', name: 'Default' } },
      roles: [{ id: 'r1', name: 'member' }],
      methods: ['password'],
      issued_at: new Date().toISOString(),
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
      catalog: SERVICES.map(([type, version]) => ({
        type,
        name: type,
        endpoints: [{ interface: 'public', region: 'one', url: `${origin}/${type}/${version}` }],
      })),
    },
  });
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const text = Buffer.concat(chunks).toString();
      const url = request.url ?? '';
      if (request.method === 'POST' && url === '/v3/auth/tokens') {
        authentications.push(JSON.parse(text));
        const id = `token-${authentications.length}`;
        response.writeHead(201, { 'content-type': 'application/json', 'x-subject-token': id });
        response.end(JSON.stringify(token()));
        return;
      }
      const asked: ScriptedRequest = {
        method: request.method ?? '',
        path: url.replace(/^\/v3/, 'identity').replace(/^\/([a-z-]+)\/v[\d.]+(?:\/p1)?/, '$1'),
        headers: request.headers,
        body: text === '' ? undefined : bodyOf(text),
      };
      requests.push(asked);
      const { status = 200, headers = {}, body } = await answer(asked, requests.length - 1);
      const asString = typeof body === 'string';
      const type = body === undefined || asString ? {} : { 'content-type': 'application/json' };
      const version = request.headers['openstack-api-version'];
      const echo = typeof version === 'string' ? { 'openstack-api-version': version } : {};
      response.writeHead(status, { ...type, ...echo, ...headers });
      response.end(body === undefined ? undefined : asString ? body : JSON.stringify(body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  origin = `http://127.0.0.1:${port}`;
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    authUrl: origin,
    origin,
    requests,
    authentications,
    client(options = {}) {
      const auth = passwordAuth({ authUrl: origin, username: 'ann', password: 'a-password', projectName: 'lab' });
      const client = new OpenStackClient({ auth, retry: { pauseMs: 1 }, ...options });
      onTestFinished(() => client.close());
      return client;
    },
  };
}

function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
