import { type AuthenticatedToken, identityEndpoint } from '../auth/authenticate.ts';
import type { EndpointInterface } from '../auth/catalog.ts';
import { findEndpoint } from '../auth/catalog.ts';
import { type ServiceType, versionedEndpoint } from '../auth/service-type.ts';
import type { Session } from '../auth/session.ts';
import type { CallOptions } from '../call-options.ts';
import { ConfigurationError } from '../error/configuration-error.ts';
import { MalformedAnswerError } from '../error/exchange-error.ts';
import { BadRequestError, UnsupportedMicroversionError } from '../error/http-error.ts';
import type { OpenStackErrorFacts } from '../error/openstack-error.ts';
import { Deadline } from '../http/deadline.ts';
import { jsonAnswer } from '../http/json-answer.ts';
import { publicText, publicUrl, urlFault } from '../http/public-url.ts';
import { newRequestId } from '../http/request-id.ts';
import type { AnswerHead, HttpAnswer, HttpExchange, StreamedAnswer, Transport } from '../http/transport.ts';
import { WireError, WireReader } from '../wire/reader.ts';
import type { ServiceRequest } from './service-request.ts';

export type { ServiceRequest } from './service-request.ts';

/** What all services of one client share. */
export interface ServiceContext {
  readonly session: Session;
  /** Of the token that goes along in `X-Service-Token`. */
  readonly serviceSession: Session | undefined;
  readonly transport: Transport;
  readonly region: string | undefined;
  readonly interface: EndpointInterface;
  readonly endpointOverrides: Readonly<Partial<Record<ServiceType, string>>>;
  readonly timeoutMs: number;
}

/** Word for the service in the header `OpenStack-API-Version`; the services without microversions are missing. */
const MICROVERSION_WORD: Readonly<Partial<Record<ServiceType, string>>> = {
  compute: 'compute',
  'block-storage': 'volume',
};

const STREAM_TIMEOUT_MS = 3_600_000;

/** An answer with what its errors need. */
interface Answered<A> {
  readonly answer: A;
  readonly what: string;
  readonly facts: OpenStackErrorFacts;
  readonly secrets: readonly string[];
}

/** Sends the calls of one service: endpoint, tokens, microversion, one new authentication on 401, parsed answer. */
export class ServiceClient {
  readonly type: ServiceType;
  readonly #context: ServiceContext;

  constructor(type: ServiceType, context: ServiceContext) {
    this.type = type;
    this.#context = context;
  }

  /** `parse` reads the answer's body, which must be a JSON object. */
  async request<T>(
    request: ServiceRequest,
    parse: (answer: WireReader, head: AnswerHead) => T,
    options: CallOptions = {},
  ): Promise<T> {
    const answered = await this.#send(request, options, (exchange) => this.#context.transport.send(exchange));
    return read(answered, this.#json(answered, request), (json) => parse(json, answered.answer));
  }

  /** The answer's body, of whatever shape; undefined: none. */
  async json(request: ServiceRequest, options: CallOptions = {}): Promise<unknown> {
    const answered = await this.#send(request, options, (exchange) => this.#context.transport.send(exchange));
    return this.#json(answered, request);
  }

  /** For calls whose answer says nothing. */
  async command(request: ServiceRequest, options: CallOptions = {}): Promise<void> {
    await this.json(request, options);
  }

  /** For an answer that is not JSON and may be of any length. The deadline, an hour by default, is for all of it. */
  async stream(request: ServiceRequest, options: CallOptions = {}): Promise<StreamedAnswer> {
    const answered = await this.#send(request, { timeoutMs: STREAM_TIMEOUT_MS, ...options }, (exchange) =>
      this.#context.transport.stream(exchange),
    );
    if (answered.answer.status >= 300) {
      this.#json({ ...answered, answer: await answered.answer.whole() }, request);
    }
    return answered.answer;
  }

  /** Sends a body of any length. The deadline, an hour by default, is for all of it. */
  async upload(request: ServiceRequest, body: AsyncIterable<Uint8Array>, options: CallOptions = {}): Promise<void> {
    const answered = await this.#send(request, { timeoutMs: STREAM_TIMEOUT_MS, ...options }, (exchange) =>
      this.#context.transport.send({ ...exchange, body }),
    );
    this.#json(answered, request);
  }

  /** The document below the endpoint's root, or below its version, that tells the versions. */
  async versionDocument<T>(
    place: 'version' | 'root',
    parse: (answer: WireReader) => T,
    options: CallOptions = {},
  ): Promise<T> {
    const request = { method: 'GET', path: [] } as const;
    const deadline = new Deadline(options.timeoutMs ?? this.#context.timeoutMs, options.signal);
    const token = await this.#context.session.token(deadline);
    const url = this.#endpoint(token);
    const upTo = /^(.*?)\/v\d+(?:\.\d+)?(?=\/|$)/.exec(url.pathname);
    url.pathname = `${(place === 'root' ? upTo?.[1] : upTo?.[0]) ?? ''}/`;
    const globalRequestId = options.requestId ?? newRequestId();
    const facts = { service: this.type, method: 'GET', url: publicUrl(url), globalRequestId };
    const headers = this.#headers(request, token, undefined, globalRequestId);
    const answer = await this.#context.transport.send({ method: 'GET', url, headers, deadline, facts });
    const what = `${this.type}: GET ${facts.url}`;
    const secrets = [...this.#secrets(), token.value];
    // Several versions to choose from are "300 Multiple Choices", which is no redirect.
    const fine: HttpAnswer = answer.status === 300 ? { ...answer, status: 200 } : answer;
    return read({ answer, what, facts, secrets }, jsonAnswer(fine, what, facts, secrets), parse);
  }

  #json({ answer, what, facts, secrets }: Answered<HttpAnswer>, request: ServiceRequest): unknown {
    const { microversion, strictMicroversion } = request;
    try {
      const json = jsonAnswer(answer, what, facts, secrets);
      if (strictMicroversion === true && microversion !== undefined) {
        const answeredAs = answer.header('openstack-api-version')?.trim().split(' ').at(-1);
        if (answeredAs !== microversion) {
          const seen = answeredAs === undefined ? 'knows no microversions' : `answered as ${answeredAs}`;
          throw new UnsupportedMicroversionError(`${what} needs microversion ${microversion}, but ${seen}`, facts);
        }
      }
      return json;
    } catch (error) {
      if (!(error instanceof UnsupportedMicroversionError) || error.fault === undefined) throw error;
      const { status, requestId, fault } = error;
      const message = `${what} needs microversion ${microversion ?? '(none)'}, which this cloud does not have: ${fault}`;
      throw new UnsupportedMicroversionError(message, { ...facts, status, requestId, fault });
    }
  }

  async #send<A extends { readonly status: number }>(
    request: ServiceRequest,
    options: CallOptions,
    transmit: (exchange: HttpExchange) => Promise<A>,
  ): Promise<Answered<A>> {
    const { session, serviceSession } = this.#context;
    const deadline = new Deadline(options.timeoutMs ?? this.#context.timeoutMs, options.signal);
    const globalRequestId = options.requestId ?? newRequestId();
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    for (let attempt = 1; ; attempt++) {
      const [token, serviceToken] = await Promise.all([session.token(deadline), serviceSession?.token(deadline)]);
      const url = this.#url(request, token);
      const { method, repeatable } = request;
      const facts = { service: this.type, method, url: publicUrl(url), globalRequestId };
      const headers = this.#headers(request, token, serviceToken, globalRequestId);
      const answer = await transmit({ method, url, headers, body, deadline, repeatable, facts });
      if (answer.status === 401) {
        session.refused(token.value);
        if (serviceToken !== undefined) serviceSession?.refused(serviceToken.value);
        if (attempt === 1 && request.once !== true) continue;
      }
      const what = `${this.type}: ${method} ${facts.url}`;
      const secrets = [...this.#secrets(), token.value, ...(request.secrets ?? [])];
      if (serviceToken !== undefined) secrets.push(serviceToken.value);
      return { answer, what, facts, secrets };
    }
  }

  #secrets(): readonly string[] {
    const { session, serviceSession } = this.#context;
    return [...session.secrets(), ...(serviceSession?.secrets() ?? [])];
  }

  #headers(
    request: ServiceRequest,
    token: AuthenticatedToken,
    serviceToken: AuthenticatedToken | undefined,
    requestId: string,
  ): Record<string, string> {
    const word = MICROVERSION_WORD[this.type];
    return {
      accept: 'application/json',
      ...(token.value === '' ? {} : { 'x-auth-token': token.value }),
      ...(serviceToken === undefined ? {} : { 'x-service-token': serviceToken.value }),
      'x-openstack-request-id': requestId,
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(request.microversion === undefined || word === undefined
        ? {}
        : { 'openstack-api-version': `${word} ${request.microversion}` }),
      ...request.headers,
    };
  }

  #url(request: ServiceRequest, token: AuthenticatedToken): URL {
    const url = this.#endpoint(token);
    for (const segment of request.path) {
      if (segment === '' || segment === '.' || segment === '..') {
        throw new BadRequestError(`${JSON.stringify(segment)} can't be the id of anything`, { service: this.type });
      }
      url.pathname += `/${encodeURIComponent(segment)}`;
    }
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value === undefined) continue;
      if (typeof value === 'string') url.searchParams.set(name, value);
      else for (const each of value) url.searchParams.append(name, each);
    }
    return url;
  }

  #endpoint(token: AuthenticatedToken): URL {
    const { endpointOverrides, session } = this.#context;
    const override = endpointOverrides[this.type] ?? token.endpoint;
    // The Keystone that gave the token is the one to ask about tokens, whatever the catalog says.
    if (override === undefined && this.type === 'identity') return identityEndpoint(session.authUrl);
    const template = override ?? findEndpoint(token.catalog, this.type, this.#context);
    const project = token.info.projectId ?? '';
    const text = template.replace(/%\((?:project|tenant)_id\)s|\$\((?:project|tenant)_id\)s/g, project);
    const fault = urlFault(text);
    if (fault !== undefined) {
      const origin = override === undefined ? 'in the catalog' : 'given as an override';
      const message = `The endpoint ${origin} for ${this.type} ${fault}: ${publicText(text)}`;
      throw new ConfigurationError(message, { service: this.type });
    }
    return versionedEndpoint(this.type, new URL(text));
  }
}

function read<T>({ what, facts }: Answered<unknown>, json: unknown, parse: (answer: WireReader) => T): T {
  try {
    return parse(new WireReader(json, 'answer'));
  } catch (error) {
    if (error instanceof WireError) throw new MalformedAnswerError(`${what}: ${error.message}`, facts);
    throw error;
  }
}
