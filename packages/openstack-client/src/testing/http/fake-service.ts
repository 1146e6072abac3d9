import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IssuedToken } from '../keystone/model.ts';
import type { FakeAnswer, FakeRequest, FakeServiceName, RecordedRequest, TokenOwner } from './exchange.ts';
import { badRequest, Fault, notFound } from './fault.ts';
import type { Outage } from './outage.ts';
import { findRoute, type RouteTable } from './routes.ts';

/** What distinguishes one fake service from another. */
export interface FakeServiceDefinition {
  readonly name: FakeServiceName;
  readonly routes: RouteTable;
  /** Word in `OpenStack-API-Version`, major number, and the minor numbers served. Undefined: no microversions. */
  readonly microversions?: {
    readonly word: string;
    readonly major: number;
    readonly min: number;
    readonly max: number;
  };
  /** Paths that need no token. */
  isPublic(method: string, path: string): boolean;
  faultBody(fault: Fault): unknown;
}

/** What a fake service asks the cloud that it is part of. */
export interface FakeServiceHost {
  findToken(value: string): IssuedToken | undefined;
  /** Keystone's URL, for `WWW-Authenticate`. */
  readonly keystoneUrl: string;
  record(request: RecordedRequest): void;
}

const LONGEST_BODY = 1024 * 1024;

/** One OpenStack API on 127.0.0.1, on a port of its own. */
export class FakeService {
  readonly #definition: FakeServiceDefinition;
  readonly #host: FakeServiceHost;
  #server: Server;
  #port = 0;
  #outage: Outage | undefined;

  constructor(definition: FakeServiceDefinition, host: FakeServiceHost) {
    this.#definition = definition;
    this.#host = host;
    this.#server = this.#newServer();
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address() as AddressInfo;
    this.#port = address.port;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async setOutage(outage: Outage | undefined): Promise<void> {
    const before = this.#outage;
    this.#outage = outage;
    if (outage === 'refused') await this.stop();
    else if (before === 'refused') {
      this.#server = this.#newServer();
      await this.start();
    } else if (before === 'hang') this.#server.closeAllConnections();
  }

  #newServer(): Server {
    return createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readBody(incoming);
    if (this.#outage === 'hang') return;
    if (this.#outage === 'unavailable') {
      response.writeHead(503, { 'content-type': 'text/html', 'retry-after': '1' });
      response.end('<html><body><h1>503 Service Unavailable</h1>No server is available.</body></html>');
      return;
    }
    const url = new URL(incoming.url ?? '/', 'http://fake');
    const header = (name: string): string | undefined => {
      const value = incoming.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    };
    const auth = this.#tokenOf(header('x-auth-token'));
    const service = this.#tokenOf(header('x-service-token'));
    const { answer, body } = await this.#answer(incoming.method ?? 'GET', url, header, text, auth, service);
    this.#host.record({
      service: this.#definition.name,
      method: incoming.method ?? 'GET',
      path: url.pathname,
      query: url.search,
      microversion: header('openstack-api-version'),
      requestId: header('x-openstack-request-id'),
      userAgent: header('user-agent'),
      token: ownerOf(auth),
      serviceToken: ownerOf(service),
      body,
      status: answer.status,
    });
    const payload = answer.body === undefined ? '' : JSON.stringify(answer.body);
    const versions = this.#definition.microversions;
    response.writeHead(answer.status, {
      'x-openstack-request-id': `req-${randomUUID()}`,
      ...(payload === '' ? {} : { 'content-type': 'application/json' }),
      ...(versions === undefined
        ? {}
        : {
            'openstack-api-version':
              header('openstack-api-version') ?? `${versions.word} ${versions.major}.${versions.min}`,
            vary: 'OpenStack-API-Version',
          }),
      'content-length': String(Buffer.byteLength(payload)),
      ...answer.headers,
    });
    response.end(payload);
  }

  #tokenOf(value: string | undefined): IssuedToken | undefined {
    return value === undefined ? undefined : this.#host.findToken(value);
  }

  async #answer(
    method: string,
    url: URL,
    header: (name: string) => string | undefined,
    text: string,
    token: IssuedToken | undefined,
    serviceToken: IssuedToken | undefined,
  ): Promise<{ answer: FakeAnswer; body: unknown }> {
    let body: unknown;
    try {
      const isPublic = this.#definition.isPublic(method, url.pathname);
      const badServiceToken = header('x-service-token') !== undefined && serviceToken === undefined;
      if (!isPublic && (token === undefined || badServiceToken)) return { answer: this.#unauthorized(), body };
      body = parseBody(text);
      const minor = this.#minor(header('openstack-api-version'));
      const found = findRoute(this.#definition.routes, method, url.pathname);
      if (found === undefined) throw notFound('The resource could not be found.');
      const request: FakeRequest = {
        method,
        path: url.pathname,
        query: url.searchParams,
        header,
        origin: `http://${header('host') ?? '127.0.0.1'}`,
        body,
        minor,
        token,
        serviceToken,
      };
      return { answer: await found.handler(request, found.parameter), body };
    } catch (error) {
      if (error instanceof Fault) {
        return { answer: { status: error.status, body: this.#definition.faultBody(error) }, body };
      }
      const message = `${error instanceof Error ? error.stack : String(error)}`;
      const fault = new Fault(500, 'computeFault', `The fake cloud itself failed: ${message}`);
      return { answer: { status: 500, body: this.#definition.faultBody(fault) }, body };
    }
  }

  #unauthorized(): FakeAnswer {
    const message = 'The request you have made requires authentication.';
    return {
      status: 401,
      headers: { 'www-authenticate': `Keystone uri="${this.#host.keystoneUrl}"` },
      body: { error: { code: 401, title: 'Unauthorized', message } },
    };
  }

  #minor(header: string | undefined): number {
    const versions = this.#definition.microversions;
    if (versions === undefined) return 0;
    const { word, major, min, max } = versions;
    if (header === undefined) return min;
    if (header === `${word} latest`) return max;
    const found = new RegExp(`(?:^|,\\s*)${word} (\\d+)\\.(\\d+)`).exec(header);
    if (found === null) return min;
    const minor = Number(found[2]);
    if (Number(found[1]) === major && minor >= min && minor <= max) return minor;
    const message = `Version ${found[1]}.${found[2]} is not supported by the API. Minimum is ${major}.${min} and maximum is ${major}.${max}.`;
    throw new Fault(406, 'computeFault', message);
  }
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LONGEST_BODY) throw new Error('request body is too long for the fake cloud');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest('Malformed request body');
  }
}

function ownerOf(token: IssuedToken | undefined): TokenOwner | undefined {
  if (token === undefined) return undefined;
  return { user: token.user.name, project: token.project.name, roles: token.roles };
}
