import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { IssuedToken } from '../keystone/model.ts';
import type { FakeAnswer, FakeRequest, FakeServiceName, RecordedRequest, TokenOwner } from './exchange.ts';
import { badRequest, Fault, notFound } from './fault.ts';
import type { FaultCandidate } from './fault-injection.ts';
import type { NewFault } from './injected-fault.ts';
import type { Outage } from './outage.ts';
import { findRoute, type RouteTable } from './routes.ts';
import { send, sendHalf } from './sending.ts';

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
  /** A string is sent as an HTML page, anything else as JSON. */
  faultBody(fault: Fault): unknown;
}

/** What a fake service asks the cloud that it is part of. */
export interface FakeServiceHost {
  findToken(value: string): IssuedToken | undefined;
  /** Keystone's URL, for `WWW-Authenticate`. */
  readonly keystoneUrl: string;
  record(request: RecordedRequest): void;
  /** The fault, if any, that a test has put in the way of this request. */
  takeFault(candidate: FaultCandidate): NewFault | undefined;
  revokeToken(value: string): void;
  /** The cloud's time, which all answers tell. */
  now(): Date;
}

const LONGEST_BODY = 64 * 1024 * 1024;

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
    const bytes = await readBody(incoming);
    if (this.#outage === 'hang') return;
    if (this.#outage === 'unavailable') {
      send(response, {
        status: 503,
        headers: { 'retry-after': '1' },
        body: '<html><body><h1>503 Service Unavailable</h1>No server is available.</body></html>',
      });
      return;
    }
    const url = new URL(incoming.url ?? '/', 'http://fake');
    const method = incoming.method ?? 'GET';
    const header = (name: string): string | undefined => {
      const value = incoming.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    };
    const isJson = header('content-type') === undefined || header('content-type')?.includes('json') === true;
    const json = isJson ? parseJson(bytes) : { body: undefined };
    const token = (): IssuedToken | undefined => this.#tokenOf(header('x-auth-token'));
    const fault = this.#host.takeFault({
      service: this.#definition.name,
      method,
      path: url.pathname,
      body: json?.body,
      user: token()?.user.name,
    });
    if (fault?.latencyMs !== undefined) await setTimeout(fault.latencyMs, undefined, { ref: false });
    const effect = fault?.effect;
    const drops = effect?.kind === 'drop' ? effect.when : undefined;
    if (drops === 'before') {
      incoming.socket.destroy();
      return;
    }
    if (effect?.kind === 'expire-token') this.#host.revokeToken(header('x-auth-token') ?? '');

    const auth = token();
    const service = this.#tokenOf(header('x-service-token'));
    const answer =
      effect?.kind === 'answer'
        ? { status: effect.status, body: effect.body, headers: effect.headers ?? {} }
        : await this.#answer(method, url, header, { bytes, json }, auth, service);
    this.#host.record({
      service: this.#definition.name,
      method,
      path: url.pathname,
      query: url.search,
      microversion: header('openstack-api-version'),
      requestId: header('x-openstack-request-id'),
      userAgent: header('user-agent'),
      token: ownerOf(auth),
      serviceToken: ownerOf(service),
      body: json?.body,
      status: answer.status,
    });
    if (drops === 'after') incoming.socket.destroy();
    else if (drops === 'half-way') sendHalf(response, { ...answer, headers: this.#headers(header, answer) });
    else send(response, { ...answer, headers: this.#headers(header, answer) });
  }

  #headers(header: (name: string) => string | undefined, answer: FakeAnswer): Record<string, string> {
    const versions = this.#definition.microversions;
    return {
      date: this.#host.now().toUTCString(),
      'x-openstack-request-id': `req-${randomUUID()}`,
      ...(versions === undefined
        ? {}
        : {
            'openstack-api-version':
              header('openstack-api-version') ?? `${versions.word} ${versions.major}.${versions.min}`,
            vary: 'OpenStack-API-Version',
          }),
      ...answer.headers,
    };
  }

  #tokenOf(value: string | undefined): IssuedToken | undefined {
    return value === undefined ? undefined : this.#host.findToken(value);
  }

  async #answer(
    method: string,
    url: URL,
    header: (name: string) => string | undefined,
    { bytes, json }: { readonly bytes: Buffer; readonly json: { readonly body: unknown } | undefined },
    token: IssuedToken | undefined,
    serviceToken: IssuedToken | undefined,
  ): Promise<FakeAnswer> {
    try {
      const isPublic = this.#definition.isPublic(method, url.pathname);
      const badServiceToken = header('x-service-token') !== undefined && serviceToken === undefined;
      if (!isPublic && (token === undefined || badServiceToken)) return this.#unauthorized();
      if (json === undefined) throw badRequest('Malformed request body');
      const minor = this.#minor(header('openstack-api-version'));
      const found = findRoute(this.#definition.routes, method, url.pathname);
      if (found === undefined) throw notFound('The resource could not be found.');
      const request: FakeRequest = {
        method,
        path: url.pathname,
        query: url.searchParams,
        header,
        origin: `http://${header('host') ?? '127.0.0.1'}`,
        body: json.body,
        bytes,
        minor,
        token,
        serviceToken,
      };
      return await found.handler(request, found.parameter);
    } catch (error) {
      if (error instanceof Fault) return { status: error.status, body: this.#definition.faultBody(error) };
      const message = `${error instanceof Error ? error.stack : String(error)}`;
      const fault = new Fault(500, 'computeFault', `The fake cloud itself failed: ${message}`);
      return { status: 500, body: this.#definition.faultBody(fault) };
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

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LONGEST_BODY) throw new Error('request body is too long for the fake cloud');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Undefined: it is none. */
function parseJson(bytes: Buffer): { readonly body: unknown } | undefined {
  if (bytes.length === 0) return { body: undefined };
  try {
    return { body: JSON.parse(bytes.toString('utf8')) };
  } catch {
    return undefined;
  }
}

function ownerOf(token: IssuedToken | undefined): TokenOwner | undefined {
  if (token === undefined) return undefined;
  return { user: token.user.name, project: token.project.name, roles: token.roles };
}
