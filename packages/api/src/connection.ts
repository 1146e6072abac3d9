import http from 'node:http';
import https from 'node:https';

/** Where an iorcld is: a host and port, or a unix socket of this machine. */
export interface Place {
  /** For messages: the URL's origin, or `unix:` and the path. */
  readonly name: string;
  readonly url: URL;
  readonly socketPath: string | undefined;
}

/** Reads `http://HOST:PORT`, `https://HOST:PORT` or `unix:/PATH`; undefined for anything else. */
export function parseEndpoint(endpoint: string): Place | undefined {
  if (endpoint.startsWith('unix:/')) {
    const socketPath = endpoint.slice('unix:'.length);
    return { name: endpoint, url: new URL('http://localhost'), socketPath };
  }
  const url = URL.parse(endpoint);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  return { name: url.origin, url, socketPath: undefined };
}

export interface Exchange {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
  /** PEM certificates to trust instead of the system's. */
  readonly ca?: string | undefined;
}

/**
 * Sends a request, and resolves with the head of the answer. Each has a connection of its own, so that none dies with one
 * that an iorcld which has stopped meanwhile left behind. Redirects are not followed: the token stays with iorcld.
 */
export function exchange(
  place: Place,
  { method, path, headers, body, signal, ca }: Exchange,
): Promise<http.IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const url = new URL(path, place.url);
  const options: https.RequestOptions = {
    method,
    headers: body === undefined ? headers : { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    signal,
    agent: false,
    ...(place.socketPath === undefined ? {} : { socketPath: place.socketPath }),
    ...(ca === undefined ? {} : { ca }),
  };
  const request = (url.protocol === 'https:' ? https : http).request(url, options);
  request.once('response', resolve);
  request.on('error', reject);
  request.end(body);
  return promise;
}

/** Why a connection failed, in one line. */
export function describeFailure(cause: unknown): string {
  // An address with several families fails with one reason for each.
  if (cause instanceof AggregateError) return cause.errors.map(describeFailure).join('; ');
  if (!(cause instanceof Error)) return String(cause);
  const inner = cause.name === 'AbortError' && cause.cause instanceof Error ? cause.cause : cause;
  return inner.message;
}
