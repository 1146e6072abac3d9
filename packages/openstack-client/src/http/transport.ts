import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { ConfigurationError } from '../error/configuration-error.ts';
import { AnswerTooLargeError, ConnectionError } from '../error/exchange-error.ts';
import { OpenStackError, type OpenStackErrorFacts } from '../error/openstack-error.ts';
import type { Deadline } from './deadline.ts';
import { publicUrl } from './public-url.ts';

export interface TransportOptions {
  /** Longest answer that is read. Default 8 MiB. */
  readonly maxAnswerBytes?: number | undefined;
  /** PEM certificates to trust instead of the system's, for `https:` endpoints. */
  readonly ca?: string | undefined;
}

export interface HttpExchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly deadline: Deadline;
  /** For errors. */
  readonly facts: OpenStackErrorFacts;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; repeated headers joined by a comma. */
  header(name: string): string | undefined;
  readonly text: string;
}

const DEFAULT_MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const IDEMPOTENT = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);

/** One HTTP request and its whole answer, over node:http and node:https. Follows no redirect, decodes no compression. */
export class Transport {
  readonly #maxAnswerBytes: number;
  readonly #http: HttpAgent = new HttpAgent({ keepAlive: true });
  readonly #https: HttpsAgent = new HttpsAgent({ keepAlive: true });
  readonly #trust: { readonly ca?: string };

  constructor(options: TransportOptions = {}) {
    this.#maxAnswerBytes = options.maxAnswerBytes ?? DEFAULT_MAX_ANSWER_BYTES;
    this.#trust = options.ca === undefined ? {} : { ca: options.ca };
  }

  async send(exchange: HttpExchange): Promise<HttpAnswer> {
    const attempt: Attempt = { staleSocket: false };
    try {
      return await this.#attempt(exchange, attempt);
    } catch (error) {
      // A kept-alive socket that the server closed just now says nothing about the server: ask once more on a new one.
      if (attempt.staleSocket && IDEMPOTENT.has(exchange.method))
        return await this.#attempt(exchange, { staleSocket: false });
      throw error;
    }
  }

  /** Closes idle connections. Calls under way go on. */
  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  #attempt(exchange: HttpExchange, attempt: Attempt): Promise<HttpAnswer> {
    const { method, deadline } = exchange;
    const facts = { ...exchange.facts, method, url: publicUrl(exchange.url) };
    const what = `${facts.service ?? 'OpenStack'}: ${method} ${facts.url}`;
    if (deadline.signal.aborted) return Promise.reject(deadline.error(what, facts));
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        if (error instanceof OpenStackError) reject(error);
        else if (deadline.signal.aborted) reject(deadline.error(what, facts));
        else reject(new ConnectionError(`${what} failed: ${reasonOf(error)}`, { ...facts, cause: error }));
      };
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
        this.#read(response, what, facts).then(resolve, (error: unknown) => {
          request.destroy();
          fail(error);
        });
      });
      request.end(exchange.body);
    });
  }

  #open({ method, url, headers, body, deadline }: HttpExchange): ClientRequest {
    const secure = url.protocol === 'https:';
    if (!secure && url.protocol !== 'http:') throw new Error(`protocol ${url.protocol} is neither http: nor https:`);
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const options = { method, headers: { ...headers, ...length }, signal: deadline.signal };
    // Only what may be sent twice uses kept-alive sockets, see send().
    const reuse = IDEMPOTENT.has(method);
    if (secure) return httpsRequest(url, { ...options, ...this.#trust, agent: reuse ? this.#https : false });
    return httpRequest(url, { ...options, agent: reuse ? this.#http : false });
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
    const headers = response.headers;
    return {
      status,
      header(name) {
        const value = headers[name];
        return Array.isArray(value) ? value.join(', ') : value;
      },
      text: Buffer.concat(chunks).toString('utf8'),
    };
  }
}

interface Attempt {
  staleSocket: boolean;
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
