import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import { Duplex } from 'node:stream';
import { type ConnectionOptions, connect } from 'node:tls';
import { ConfigurationError } from '../error/configuration-error.ts';
import { publicText } from './public-url.ts';

/** An HTTP proxy between this client and the cloud. */
export interface ProxyOptions {
  /** `http://` or `https://`, with `user:password@` where the proxy wants it. */
  readonly url: string;
  /** Hosts that are reached directly: `example.org` with all below it, `10.0.0.1`, `host:port`, or `*` for all. */
  readonly noProxy?: readonly string[] | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that `HTTPS_PROXY` (or else `HTTP_PROXY`, or `ALL_PROXY`) and `NO_PROXY` name, in either case; undefined: none.
 * Clients use it only when told to: `new OpenStackClient({ …, proxy: proxyFromEnvironment(process.env) })`.
 */
export function proxyFromEnvironment(env: Environment): ProxyOptions | undefined {
  const read = (name: string): string | undefined => env[name.toLowerCase()] || env[name] || undefined;
  const url = read('HTTPS_PROXY') ?? read('HTTP_PROXY') ?? read('ALL_PROXY');
  if (url === undefined) return undefined;
  const noProxy = (read('NO_PROXY') ?? '').split(/[\s,]+/).filter((host) => host !== '');
  return { url, noProxy };
}

/** A proxy with its address parsed, and the credentials taken out of it. */
export class HttpProxy {
  readonly url: URL;
  readonly #noProxy: readonly string[];

  constructor(options: ProxyOptions) {
    if (!URL.canParse(options.url)) throw new ConfigurationError(`proxy.url ${publicText(options.url)} is not a URL`);
    this.url = new URL(options.url);
    if (this.url.protocol !== 'http:' && this.url.protocol !== 'https:') {
      throw new ConfigurationError(`proxy.url is of protocol ${this.url.protocol}; expected http: or https:`);
    }
    this.#noProxy = options.noProxy ?? [];
  }

  /** Whether a URL is reached through the proxy. */
  serves(target: URL): boolean {
    return !this.#noProxy.some((entry) => {
      if (entry === '*') return true;
      const host = entry.replace(/^\*?\./, '').toLowerCase();
      return host === target.host || host === target.hostname || target.hostname.endsWith(`.${host}`);
    });
  }

  /** Header `Proxy-Authorization`; empty without credentials. */
  headers(): Record<string, string> {
    if (this.url.username === '') return {};
    const credentials = `${decodeURIComponent(this.url.username)}:${decodeURIComponent(this.url.password)}`;
    return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
  }

  /** Asks the proxy for a tunnel to `authority` (`host:port`). */
  tunnel(authority: string, ready: (error: Error | undefined, socket: Duplex | undefined) => void): void {
    const { protocol, hostname, port } = this.url;
    const options = {
      method: 'CONNECT',
      hostname,
      port,
      path: authority,
      headers: { host: authority, ...this.headers() },
      agent: false as const,
    };
    const request: ClientRequest = protocol === 'https:' ? httpsRequest(options) : httpRequest(options);
    request.once('connect', (answer: IncomingMessage, socket: Duplex) => {
      if (answer.statusCode === 200) return ready(undefined, socket);
      socket.destroy();
      ready(new Error(`the proxy ${this.url.host} refused a tunnel with status ${answer.statusCode}`), undefined);
    });
    request.once('response', (answer: IncomingMessage) => {
      answer.destroy();
      ready(new Error(`the proxy ${this.url.host} refused a tunnel with status ${answer.statusCode}`), undefined);
    });
    request.once('error', (cause) => ready(new Error(`the proxy ${this.url.host}: ${cause.message}`), undefined));
    request.end();
  }
}

/** Agent for https: endpoints behind a proxy: TLS with the endpoint itself, through a tunnel. */
export class TunnelAgent extends Agent {
  readonly #proxy: HttpProxy;
  readonly #tls: ConnectionOptions;

  constructor(proxy: HttpProxy, keepAlive: boolean, tls: ConnectionOptions) {
    super({ keepAlive });
    this.#proxy = proxy;
    this.#tls = tls;
  }

  override createConnection(
    options: RequestOptions,
    created?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const host = options.host ?? 'localhost';
    const authority = `${host.includes(':') ? `[${host}]` : host}:${options.port ?? 443}`;
    this.#proxy.tunnel(authority, (error, socket) => {
      // Node's type wants a socket beside an error, too.
      if (socket === undefined) created?.(error ?? new Error('no tunnel'), new Duplex());
      else created?.(null, connect({ ...this.#tls, socket, host, ...(isIP(host) === 0 ? { servername: host } : {}) }));
    });
    return undefined;
  }
}
