import * as http from 'node:http';
import * as https from 'node:https';
import { isIP } from 'node:net';
import { CinderFault } from './cinder-fault.ts';
import { ClientConnections } from './client-connections.ts';
import { endToEndHeaders, headerPairs, withoutHeader } from './hop-by-hop.ts';

/** Room for large tokens; a client that sends more gets 431. */
export const MAX_HEADER_BYTES = 65_536;

export interface ReverseProxyOptions {
  /** `http(s)://HOST:PORT` of Cinder's API, without `/v3`; a path in it is put before the path of each request. */
  readonly cinderEndpoint: string;
  /** Certificates (PEM) that Cinder's https is checked against. Default: those of the system. */
  readonly ca?: string;
}

/** A request of the hook's own to Cinder, on behalf of whoever sent another: with the same tokens, version and request id. */
export interface RequestInstead {
  readonly method: string;
  /** Request target, without the path in `cinderEndpoint`. */
  readonly target: string;
  /** JSON. */
  readonly body?: string;
}

/** Cinder's whole answer to a request that was not passed through. */
export interface WholeAnswer {
  readonly status: number;
  readonly reason: string;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/**
 * Sends requests on to Cinder as they came and its answers back as they came: see `docs/decisions/0004-proxy.md` for
 * what "as they came" covers and why this is written on node:http.
 */
export class ReverseProxy {
  readonly #target: http.RequestOptions;
  readonly #send: (options: http.RequestOptions) => http.ClientRequest;
  readonly #pathPrefix: string;
  readonly #name: string;
  readonly connections: ClientConnections;

  constructor(options: ReverseProxyOptions) {
    const url = new URL(options.cinderEndpoint);
    const hostname = url.hostname.replace(/^\[|\]$/g, '');
    const secure = url.protocol === 'https:';
    this.#name = url.origin;
    this.#pathPrefix = url.pathname.replace(/\/+$/, '');
    this.#target = { hostname, port: url.port === '' ? (secure ? 443 : 80) : Number(url.port) };
    this.#send = secure ? https.request : http.request;
    const agentOptions: http.AgentOptions = { keepAlive: true, maxSockets: 1 };
    const tls: https.AgentOptions = {
      ...agentOptions,
      servername: isIP(hostname) === 0 ? hostname : '',
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    };
    this.connections = new ClientConnections(() => (secure ? new https.Agent(tls) : new http.Agent(agentOptions)));
  }

  /**
   * Passes a request through and streams the answer back. Resolves when the exchange has ended, whichever side ended it.
   *
   * @param body what was already read of the request, if it was
   * @throws CinderFault 502 when Cinder did not answer; the client has been sent nothing then
   */
  async pass(request: http.IncomingMessage, response: http.ServerResponse, body?: Buffer): Promise<void> {
    const upstream = this.#open(request, endToEndHeaders(request.rawHeaders));
    const gone = () => upstream.destroy();
    response.once('close', gone);
    upstream.on('continue', () => {
      if (body === undefined && request.httpVersion === '1.1') response.writeContinue();
    });
    upstream.on('information', (information) => passInformation(request, response, information));
    const answered = this.#answer(upstream);
    if (body === undefined) streamMessage(request, upstream);
    else upstream.end(body);
    try {
      await writeAnswer(request, response, await answered);
    } catch (cause) {
      if (!response.destroyed) throw cause;
    } finally {
      response.off('close', gone);
    }
  }

  /**
   * Sends a request, without its body, on to Cinder and answers the whole answer, uncompressed, for the caller to change.
   *
   * @param instead what to ask in its place
   * @throws CinderFault 502 when Cinder did not answer
   */
  async ask(request: http.IncomingMessage, instead?: RequestInstead): Promise<WholeAnswer> {
    let headers = endToEndHeaders(request.rawHeaders);
    for (const name of ['accept-encoding', 'content-length', 'transfer-encoding', 'expect'])
      headers = withoutHeader(headers, name);
    if (instead !== undefined) headers = withoutHeader(headers, 'content-type');
    const body = instead?.body;
    if (body !== undefined) {
      headers.push('Content-Type', 'application/json', 'Content-Length', String(Buffer.byteLength(body)));
    }
    const upstream = this.#open(request, headers, instead);
    const answered = this.#answer(upstream);
    upstream.end(body);
    const answer = await answered;
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of answer) chunks.push(chunk as Buffer);
    } catch (cause) {
      throw this.#noAnswer(cause);
    }
    return {
      status: answer.statusCode ?? 502,
      reason: answer.statusMessage ?? '',
      rawHeaders: endToEndHeaders(answer.rawHeaders),
      body: Buffer.concat(chunks),
    };
  }

  #open(
    request: http.IncomingMessage,
    headers: string[],
    instead?: Pick<RequestInstead, 'method' | 'target'>,
  ): http.ClientRequest {
    const chunked = /chunked/i.test(request.headers['transfer-encoding'] ?? '');
    try {
      const upstream = this.#send({
        ...this.#target,
        agent: this.connections.agent(request),
        method: instead?.method ?? request.method ?? 'GET',
        path: this.#pathPrefix + (instead?.target ?? request.url ?? '/'),
        // An array is written as it is; and nothing is added to it.
        headers: chunked ? headers : withoutHeader(headers, 'trailer'),
        setDefaultHeaders: false,
        maxHeaderSize: MAX_HEADER_BYTES,
      });
      upstream.once('socket', (socket) => this.connections.used(request, socket));
      return upstream;
    } catch (cause) {
      throw new CinderFault(400, `The request can't be passed on to Cinder: ${String(cause)}`, cause);
    }
  }

  #answer(upstream: http.ClientRequest): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      upstream.once('response', resolve);
      // Stays after the answer: a body that Cinder no longer wants to read then fails to be written, which is its right.
      upstream.on('error', (cause) => reject(this.#noAnswer(cause)));
      upstream.once('close', () => reject(this.#noAnswer('the connection was closed')));
    });
  }

  #noAnswer(cause: unknown): CinderFault {
    const why = cause instanceof Error ? cause.message : String(cause);
    return new CinderFault(502, `Cinder at ${this.#name} did not answer: ${why}.`, cause);
  }
}

/** Writes Cinder's answer to the client, in the client's HTTP version. */
async function writeAnswer(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  answer: http.IncomingMessage,
): Promise<void> {
  const chunked = /chunked/i.test(answer.headers['transfer-encoding'] ?? '');
  let headers = endToEndHeaders(answer.rawHeaders);
  if (!chunked) headers = withoutHeader(headers, 'trailer');
  if (request.httpVersion === '1.0') headers = withoutHeader(headers, 'transfer-encoding');
  response.sendDate = false;
  // Not in the answer, so not to be added: a body that ends with the connection ends so for the client too.
  response.removeHeader('connection');
  response.removeHeader('transfer-encoding');
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', headers);
  // Sends the head now, as the bytes that it came in: flushHeaders() would send it as UTF-8.
  response.write('', 'latin1');
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    answer.once('aborted', () => response.destroy());
    answer.once('error', () => response.destroy());
    streamMessage(answer, response);
  });
}

/** Streams a body and its trailers. */
function streamMessage(from: http.IncomingMessage, to: http.OutgoingMessage): void {
  from.pipe(to, { end: false });
  from.once('end', () => {
    if (from.rawTrailers.length > 0 && to.chunkedEncoding) {
      to.addTrailers([...headerPairs(from.rawTrailers)].map(([name, value]) => [name, value] as [string, string]));
    }
    to.end();
  });
}

/** 1xx answers other than 100, as they came. */
function passInformation(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  information: http.InformationEvent,
): void {
  if (information.statusCode === 100 || request.httpVersion === '1.0' || response.headersSent) return;
  const lines = [`HTTP/1.1 ${information.statusCode} ${information.statusMessage}`];
  for (const [name, value] of headerPairs(information.rawHeaders)) lines.push(`${name}: ${value}`);
  response.socket?.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}
