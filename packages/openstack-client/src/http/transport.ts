import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ConnectionOptions } from 'node:tls';
import { ConfigurationError } from '../error/configuration-error.ts';
import { AnswerTooLargeError, ConnectionError } from '../error/exchange-error.ts';
import { OpenStackError, type OpenStackErrorFacts } from '../error/openstack-error.ts';
import type { CallEvent, CallObserver } from './call-event.ts';
import type { Deadline } from './deadline.ts';
import { HttpProxy, type ProxyOptions, TunnelAgent } from './proxy.ts';
import { publicUrl } from './public-url.ts';
import { type RetryOptions, RetryPolicy } from './retry.ts';
import { type TlsOptions, tlsConnection } from './tls-options.ts';

export interface TransportOptions extends TlsOptions {
  /** Longest answer that is read. Default 8 MiB. */
  readonly maxAnswerBytes?: number | undefined;
  readonly proxy?: ProxyOptions | undefined;
  readonly retry?: RetryOptions | undefined;
  readonly observe?: CallObserver | undefined;
}

export interface HttpExchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream is sent in chunks, and once only. */
  readonly body?: string | AsyncIterable<Uint8Array> | undefined;
  readonly deadline: Deadline;
  /** Whether sending it twice does no more than sending it once. Undefined: as its method says. */
  readonly repeatable?: boolean | undefined;
  /** For errors. */
  readonly facts: OpenStackErrorFacts;
}

export interface AnswerHead {
  readonly status: number;
  /** Names in lower case; repeated headers joined by a comma. */
  header(name: string): string | undefined;
}

export interface HttpAnswer extends AnswerHead {
  readonly text: string;
}

/** An answer of which only the head has been read. The body ends, or fails with an OpenStackError. */
export interface StreamedAnswer extends AnswerHead {
  readonly body: AsyncIterable<Uint8Array>;
  /** Reads the body as {@link Transport.send} does, for the errors that a service answers. */
  whole(): Promise<HttpAnswer>;
}

const DEFAULT_MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const IDEMPOTENT = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);

/** HTTP requests and their answers, over node:http and node:https. Follows no redirect, decodes no compression. */
export class Transport {
  readonly #maxAnswerBytes: number;
  readonly #tls: ConnectionOptions;
  readonly #proxy: HttpProxy | undefined;
  readonly #retry: RetryPolicy;
  readonly #observe: CallObserver | undefined;
  readonly #http: HttpAgent = new HttpAgent({ keepAlive: true });
  readonly #https: HttpsAgent = new HttpsAgent({ keepAlive: true });
  readonly #tunnels: TunnelAgent | undefined;

  constructor(options: TransportOptions = {}) {
    this.#maxAnswerBytes = options.maxAnswerBytes ?? DEFAULT_MAX_ANSWER_BYTES;
    this.#tls = tlsConnection(options);
    this.#proxy = options.proxy === undefined ? undefined : new HttpProxy(options.proxy);
    this.#tunnels = this.#proxy === undefined ? undefined : new TunnelAgent(this.#proxy, true, this.#tls);
    this.#retry = new RetryPolicy(options.retry);
    this.#observe = options.observe;
  }

  /** Sends a request, again where that is allowed and may help, and reads the whole answer. */
  send(exchange: HttpExchange): Promise<HttpAnswer> {
    return this.#repeat(exchange, (response, what, facts) => this.#read(response, what, facts));
  }

  /** As {@link Transport.send}, but leaves the answer's body to the caller, of whatever length it is. */
  stream(exchange: HttpExchange): Promise<StreamedAnswer> {
    return this.#repeat(exchange, async (response, what, facts) => ({
      ...headOf(response),
      body: bodyOf(response, exchange.deadline, what, facts),
      whole: () => this.#read(response, what, facts),
    }));
  }

  /** Closes idle connections. Calls under way go on. */
  close(): void {
    this.#http.destroy();
    this.#https.destroy();
    this.#tunnels?.destroy();
  }

  async #repeat<A extends AnswerHead>(exchange: HttpExchange, read: Read<A>): Promise<A> {
    const { method, deadline } = exchange;
    const repeatable = mayRepeat(exchange);
    const facts = { ...exchange.facts, method, url: publicUrl(exchange.url) };
    const what = `${facts.service ?? 'OpenStack'}: ${method} ${facts.url}`;
    const { service, url, globalRequestId } = facts;
    let reusedSocketClosed = false;
    for (let attempt = 1; ; attempt++) {
      const shown = { service, method, url, globalRequestId, attempt };
      const startedMs = performance.now();
      const state: Attempt = { staleSocket: false };
      this.#tell({ kind: 'request', ...shown });
      const outcome = await this.#attempt(exchange, state, what, facts, read).then(
        (answer) => ({ answer }),
        (error: unknown) => ({ error }),
      );
      const durationMs = performance.now() - startedMs;
      let pauseMs: number | undefined;
      if ('answer' in outcome) {
        const { answer } = outcome;
        const { status } = answer;
        this.#tell({
          kind: 'answer',
          ...shown,
          status,
          durationMs,
          requestId: answer.header('x-openstack-request-id'),
        });
        const retryAfter = answer.header('retry-after');
        const date = answer.header('date');
        if (repeatable) pauseMs = this.#retry.pauseAfter(attempt, { kind: 'answer', status, retryAfter, date });
        if (pauseMs === undefined || pauseMs >= deadline.remainingMs) return answer;
      } else {
        const { error } = outcome;
        if (error instanceof OpenStackError) this.#tell({ kind: 'failure', ...shown, error, durationMs });
        if (repeatable) pauseMs = this.#retry.pauseAfter(attempt, { kind: 'failure', error });
        // A kept-alive socket that the server closed just now says nothing about the server: ask once more on a new one.
        if (repeatable && state.staleSocket && !reusedSocketClosed) {
          reusedSocketClosed = true;
          pauseMs = 0;
        }
        if (pauseMs === undefined || pauseMs >= deadline.remainingMs) throw error;
      }
      this.#tell({ kind: 'retry', ...shown, pauseMs });
      await deadline.sleep(pauseMs, what, facts);
    }
  }

  /** An observer can't break a call. */
  #tell(event: CallEvent): void {
    try {
      this.#observe?.(event);
    } catch {}
  }

  #attempt<A>(
    exchange: HttpExchange,
    attempt: Attempt,
    what: string,
    facts: OpenStackErrorFacts,
    read: Read<A>,
  ): Promise<A> {
    const { deadline } = exchange;
    if (deadline.signal.aborted) return Promise.reject(deadline.error(what, facts));
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => reject(asOpenStackError(error, deadline, what, facts));
      let request: ClientRequest;
      try {
        request = this.#open(exchange);
      } catch (cause) {
        // Node names the header but not its value here.
        reject(new ConfigurationError(`${what} can't be sent: ${reasonOf(cause)}`, facts));
        return;
      }
      request.on('error', (error: NodeJS.ErrnoException) => {
        attempt.staleSocket = request.reusedSocket && error.code === 'ECONNRESET' && !deadline.signal.aborted;
        fail(error);
      });
      request.on('response', (response) => {
        read(response, what, facts).then(resolve, (error: unknown) => {
          request.destroy();
          fail(error);
        });
      });
      const { body } = exchange;
      if (body === undefined || typeof body === 'string') request.end(body);
      else pipeline(Readable.from(body, { objectMode: false }), request).catch(fail);
    });
  }

  #open(exchange: HttpExchange): ClientRequest {
    const { method, url, body } = exchange;
    const secure = url.protocol === 'https:';
    if (!secure && url.protocol !== 'http:') throw new Error(`protocol ${url.protocol} is neither http: nor https:`);
    const length = typeof body === 'string' ? { 'content-length': String(Buffer.byteLength(body)) } : {};
    const headers = { ...exchange.headers, ...length };
    const options = { method, headers, signal: exchange.deadline.signal };
    // Only what may be sent twice uses kept-alive sockets, see #repeat.
    const reuse = mayRepeat(exchange);
    const proxy = this.#proxy?.serves(url) ? this.#proxy : undefined;
    if (secure) {
      if (proxy === undefined) {
        return httpsRequest(url, { ...options, ...this.#tls, agent: reuse ? this.#https : false });
      }
      return httpsRequest(url, { ...options, agent: reuse ? this.#tunnels : new TunnelAgent(proxy, false, this.#tls) });
    }
    const agent = reuse ? this.#http : false;
    if (proxy === undefined) return httpRequest(url, { ...options, agent });
    const viaProxy = { ...options, headers: { ...headers, ...proxy.headers(), host: url.host } };
    const { protocol, hostname, port } = proxy.url;
    const target = { ...viaProxy, hostname, port, path: `${url.origin}${url.pathname}${url.search}` };
    return protocol === 'https:' ? httpsRequest({ ...target, agent: false }) : httpRequest({ ...target, agent });
  }

  async #read(response: IncomingMessage, what: string, facts: OpenStackErrorFacts): Promise<HttpAnswer> {
    const status = response.statusCode ?? 0;
    const tooLarge = (): AnswerTooLargeError =>
      new AnswerTooLargeError(`${what} answered ${status} with more than ${this.#maxAnswerBytes} bytes`, {
        ...facts,
        status,
      });
    if (Number(response.headers['content-length'] ?? 0) > this.#maxAnswerBytes) throw tooLarge();
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > this.#maxAnswerBytes) throw tooLarge();
      chunks.push(chunk);
    }
    return { ...headOf(response), text: Buffer.concat(chunks).toString('utf8') };
  }
}

type Read<A> = (response: IncomingMessage, what: string, facts: OpenStackErrorFacts) => Promise<A>;

interface Attempt {
  staleSocket: boolean;
}

function mayRepeat({ method, body, repeatable }: HttpExchange): boolean {
  const once = body !== undefined && typeof body !== 'string';
  return !once && (repeatable ?? IDEMPOTENT.has(method));
}

function headOf(response: IncomingMessage): AnswerHead {
  const { headers } = response;
  return {
    status: response.statusCode ?? 0,
    header(name) {
      const value = headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
  };
}

async function* bodyOf(
  response: IncomingMessage,
  deadline: Deadline,
  what: string,
  facts: OpenStackErrorFacts,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    throw asOpenStackError(error, deadline, what, facts);
  }
}

function asOpenStackError(
  error: unknown,
  deadline: Deadline,
  what: string,
  facts: OpenStackErrorFacts,
): OpenStackError {
  if (error instanceof OpenStackError) return error;
  if (deadline.signal.aborted) return deadline.error(what, facts);
  return new ConnectionError(`${what} failed: ${reasonOf(error)}`, { ...facts, cause: error });
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
