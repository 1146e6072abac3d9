import { type AuthenticatedToken, identityEndpoint } from '../auth/authenticate.ts';
import type { EndpointInterface } from '../auth/catalog.ts';
import { findEndpoint } from '../auth/catalog.ts';
import { type ServiceType, versionedEndpoint } from '../auth/service-type.ts';
import type { Session } from '../auth/session.ts';
import type { CallOptions } from '../call-options.ts';
import { ConfigurationError } from '../error/configuration-error.ts';
import { MalformedAnswerError } from '../error/exchange-error.ts';
import { BadRequestError } from '../error/http-error.ts';
import type { OpenStackErrorFacts } from '../error/openstack-error.ts';
import { Deadline } from '../http/deadline.ts';
import { jsonAnswer } from '../http/json-answer.ts';
import { publicText, publicUrl } from '../http/public-url.ts';
import { newRequestId } from '../http/request-id.ts';
import type { Transport } from '../http/transport.ts';
import { WireError, WireReader } from '../wire/reader.ts';

/** What all services of one client share. */
export interface ServiceContext {
  readonly session: Session;
  readonly transport: Transport;
  readonly region: string | undefined;
  readonly interface: EndpointInterface;
  readonly endpointOverrides: Readonly<Partial<Record<ServiceType, string>>>;
  readonly timeoutMs: number;
}

export interface ServiceRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Segments below the endpoint; each is encoded by itself. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** For instance `3.44`. Without it the service answers as its oldest version. */
  readonly microversion?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Strings of this request that no error may show. */
  readonly secrets?: readonly string[];
}

/** Word for the service in the header `OpenStack-API-Version`; the services without microversions are missing. */
const MICROVERSION_WORD: Readonly<Partial<Record<ServiceType, string>>> = {
  compute: 'compute',
  'block-storage': 'volume',
};

/** Sends the calls of one service: endpoint, token, microversion, one new authentication on 401, parsed answer. */
export class ServiceClient {
  readonly #type: ServiceType;
  readonly #context: ServiceContext;

  constructor(type: ServiceType, context: ServiceContext) {
    this.#type = type;
    this.#context = context;
  }

  /** `parse` reads the answer's body, which must be a JSON object. */
  async request<T>(request: ServiceRequest, parse: (answer: WireReader) => T, options: CallOptions = {}): Promise<T> {
    const { json, what, facts } = await this.#send(request, options);
    try {
      return parse(new WireReader(json, 'answer'));
    } catch (error) {
      if (error instanceof WireError) throw new MalformedAnswerError(`${what}: ${error.message}`, facts);
      throw error;
    }
  }

  /** For calls whose answer says nothing. */
  async command(request: ServiceRequest, options: CallOptions = {}): Promise<void> {
    await this.#send(request, options);
  }

  async #send(
    request: ServiceRequest,
    options: CallOptions,
  ): Promise<{ json: unknown; what: string; facts: OpenStackErrorFacts }> {
    const { session, transport } = this.#context;
    const deadline = new Deadline(options.timeoutMs ?? this.#context.timeoutMs, options.signal);
    const globalRequestId = options.requestId ?? newRequestId();
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    for (let attempt = 1; ; attempt++) {
      const token = await session.token(deadline);
      const url = this.#url(request, token);
      const facts = { service: this.#type, method: request.method, url: publicUrl(url), globalRequestId };
      const headers = this.#headers(request, token, globalRequestId);
      const answer = await transport.send({ method: request.method, url, headers, body, deadline, facts });
      if (answer.status === 401 && attempt === 1) {
        session.refused(token.value);
        continue;
      }
      const what = `${this.#type}: ${request.method} ${facts.url}`;
      const secrets = [...session.secrets(), token.value, ...(request.secrets ?? [])];
      return { json: jsonAnswer(answer, what, facts, secrets), what, facts };
    }
  }

  #headers(request: ServiceRequest, token: AuthenticatedToken, requestId: string): Record<string, string> {
    const word = MICROVERSION_WORD[this.#type];
    return {
      accept: 'application/json',
      'x-auth-token': token.value,
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
        throw new BadRequestError(`${JSON.stringify(segment)} can't be the id of anything`, { service: this.#type });
      }
      url.pathname += `/${encodeURIComponent(segment)}`;
    }
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    return url;
  }

  #endpoint(token: AuthenticatedToken): URL {
    const { endpointOverrides, session } = this.#context;
    const override = endpointOverrides[this.#type];
    // The Keystone that gave the token is the one to ask about tokens, whatever the catalog says.
    if (override === undefined && this.#type === 'identity') return identityEndpoint(session.authUrl);
    const template = override ?? findEndpoint(token.catalog, this.#type, this.#context);
    const project = token.info.projectId ?? '';
    const text = template.replace(/%\((?:project|tenant)_id\)s|\$\((?:project|tenant)_id\)s/g, project);
    if (!URL.canParse(text)) {
      const origin = override === undefined ? 'in the catalog' : 'given as an override';
      const message = `The endpoint ${origin} for ${this.#type} is not a URL: ${publicText(text)}`;
      throw new ConfigurationError(message, { service: this.#type });
    }
    return versionedEndpoint(this.#type, new URL(text));
  }
}
