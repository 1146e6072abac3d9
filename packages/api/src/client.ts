import type { IncomingMessage } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import type {
  Attachment,
  AttachmentFilter,
  CreateAttachmentRequest,
  CreateAttachmentResponse,
  Grant,
  ResizeAttachmentRequest,
  ResizeAttachmentResponse,
} from './attachment.ts';
import { ApiClientError } from './client-error.ts';
import { describeFailure, exchange, type Place, parseEndpoint } from './connection.ts';
import type { Driver } from './driver.ts';
import { apiErrorBodySchema } from './error.ts';
import { type ApiEvent, apiEventSchema } from './event.ts';
import { readEventStream } from './event-stream.ts';
import type { DrainHostAnswer, Host, UpdateHostRequest } from './host.ts';
import type { Network } from './network.ts';
import { MOST_PER_PAGE } from './page.ts';
import type { QosLimits } from './qos.ts';
import type { ReconcileReport, ReconcileRequest } from './reconcile.ts';
import { fillPath, type Route } from './route.ts';
import { type AttachmentsPage, apiRoutes } from './routes.ts';

export interface ApiClientOptions {
  /** `http(s)://HOST:PORT` of an iorcld, or `unix:/PATH` of its local administrator's socket. */
  readonly endpoint: string;
  /** Answers a Keystone token for X-Auth-Token. Not asked for a socket, which needs none. */
  token?(): Promise<string>;
  /** For each call that has no signal of its own. Default 60 000. */
  readonly timeoutMs?: number;
  /** PEM certificates to trust instead of the system's. */
  readonly ca?: string;
}

export interface ApiCallOptions {
  readonly signal?: AbortSignal;
  /** Sent as X-OpenStack-Request-ID. */
  readonly requestId?: string;
}

export interface EventsOptions {
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
  /** Go on after this event. Default: what happens from now on. */
  readonly lastEventId?: string;
  /** Pause before a lost connection is made anew. Default 1 000. */
  readonly reconnectMs?: number;
}

interface Call {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
}

/** After so long without a sign of life, which iorcld gives four times as often, an event connection is lost. */
const SILENCE_MS = 60_000;

/** Typed client of iorcld's HTTP API v1. Every method throws {@link ApiClientError}. */
export class ApiClient {
  readonly #options: ApiClientOptions;
  readonly #place: Place;

  /** @throws TypeError for an endpoint that is none */
  constructor(options: ApiClientOptions) {
    const place = parseEndpoint(options.endpoint);
    if (place === undefined) throw new TypeError(`not http(s)://HOST:PORT or unix:/PATH: ${options.endpoint}`);
    this.#options = options;
    this.#place = place;
  }

  createAttachment(request: CreateAttachmentRequest, options?: ApiCallOptions): Promise<CreateAttachmentResponse> {
    return this.#call(apiRoutes.createAttachment, { body: request }, options);
  }

  /** All that fit the filter, in the order of their ids. */
  async listAttachments(
    options: ApiCallOptions & { readonly filter?: AttachmentFilter } = {},
  ): Promise<readonly Attachment[]> {
    const all: Attachment[] = [];
    let marker: string | undefined;
    for (;;) {
      const query = { ...options.filter, ...(marker === undefined ? {} : { marker }) };
      const page: AttachmentsPage = await this.#call(apiRoutes.listAttachments, { query }, options);
      all.push(...page.attachments);
      const last = page.attachments.at(-1);
      if (page.next === undefined || last === undefined) return all;
      marker = last.id;
    }
  }

  /** One page; its `next` tells whether there are more. */
  listAttachmentsPage(
    page: AttachmentFilter & { readonly limit?: number; readonly marker?: string } = {},
    options?: ApiCallOptions,
  ): Promise<AttachmentsPage> {
    return this.#call(apiRoutes.listAttachments, { query: { limit: MOST_PER_PAGE, ...page } }, options);
  }

  async showAttachment(id: string, options?: ApiCallOptions): Promise<Attachment> {
    return (await this.#call(apiRoutes.showAttachment, { params: { id } }, options)).attachment;
  }

  /** Resolves when the export is gone and the backend closed, verified. `attachment_not_found` when there is none. */
  async deleteAttachment(id: string, options?: ApiCallOptions): Promise<void> {
    await this.#call(apiRoutes.deleteAttachment, { params: { id } }, options);
  }

  /** Verifies every step and does again what doesn't hold. */
  async repairAttachment(id: string, options?: ApiCallOptions): Promise<Attachment> {
    return (await this.#call(apiRoutes.repairAttachment, { params: { id } }, options)).attachment;
  }

  async listGrants(id: string, options?: ApiCallOptions): Promise<readonly Grant[]> {
    return (await this.#call(apiRoutes.listGrants, { params: { id } }, options)).grants;
  }

  /** @param limits null: back to what the volume type says */
  async setQos(id: string, limits: QosLimits | null, options?: ApiCallOptions): Promise<Attachment> {
    return (await this.#call(apiRoutes.setQos, { params: { id }, body: { limits } }, options)).attachment;
  }

  /** Makes known a size that Cinder has given the volume; answers what clients of its export see then. */
  async resizeAttachment(
    id: string,
    request: ResizeAttachmentRequest = {},
    options?: ApiCallOptions,
  ): Promise<ResizeAttachmentResponse> {
    return await this.#call(apiRoutes.resizeAttachment, { params: { id }, body: request }, options);
  }

  async listHosts(options?: ApiCallOptions): Promise<readonly Host[]> {
    return (await this.#call(apiRoutes.listHosts, {}, options)).hosts;
  }

  async updateHost(host: string, request: UpdateHostRequest, options?: ApiCallOptions): Promise<Host> {
    return (await this.#call(apiRoutes.updateHost, { params: { host }, body: request }, options)).host;
  }

  /** Disables the host and answers what is still attached; ask again until nothing is. */
  drainHost(host: string, reason?: string, options?: ApiCallOptions): Promise<DrainHostAnswer> {
    return this.#call(apiRoutes.drainHost, { params: { host }, body: { reason } }, options);
  }

  async listNetworks(options?: ApiCallOptions): Promise<readonly Network[]> {
    return (await this.#call(apiRoutes.listNetworks, {}, options)).networks;
  }

  async listDrivers(options?: ApiCallOptions): Promise<readonly Driver[]> {
    return (await this.#call(apiRoutes.listDrivers, {}, options)).drivers;
  }

  /** What the last pass of the reconciler saw; null before the first one has ended. */
  async findings(options?: ApiCallOptions): Promise<ReconcileReport | null> {
    return (await this.#call(apiRoutes.showFindings, {}, options)).report;
  }

  async reconcile(request: ReconcileRequest = {}, options?: ApiCallOptions): Promise<ReconcileReport> {
    return (await this.#call(apiRoutes.reconcile, { body: request }, options)).report;
  }

  /**
   * What happens, until the signal aborts. A lost connection is made anew and goes on where it ended; a `resync` event says
   * that something was missed in between. Throws when the first connection fails, or when iorcld refuses.
   */
  async *events(options: EventsOptions = {}): AsyncGenerator<ApiEvent> {
    const { signal = new AbortController().signal, reconnectMs = 1_000 } = options;
    let last = options.lastEventId;
    let connected = false;
    while (!signal.aborted) {
      try {
        for await (const event of this.#eventConnection(last, signal, () => {
          connected = true;
        })) {
          last = event?.id ?? last;
          if (event?.event !== undefined) yield event.event;
        }
      } catch (error) {
        if (signal.aborted) return;
        if (!connected || !(error instanceof ApiClientError) || !error.retryable) throw error;
      }
      await setTimeout(reconnectMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async *#eventConnection(
    last: string | undefined,
    outer: AbortSignal,
    onConnected: () => void,
  ): AsyncGenerator<{ readonly id: string | undefined; readonly event: ApiEvent | undefined }> {
    const what = this.#what(apiRoutes.followEvents, apiRoutes.followEvents.path);
    const silent = new AbortController();
    const timer = globalThis.setTimeout(() => silent.abort(new Error('no sign of life')), SILENCE_MS);
    try {
      const response = await this.#send(apiRoutes.followEvents, {}, AbortSignal.any([outer, silent.signal]), {
        accept: 'text/event-stream',
        ...(last === undefined ? {} : { 'last-event-id': last }),
      });
      if (response.statusCode !== 200) throw failure(what, response, await readText(response));
      onConnected();
      const chunks = response.setEncoding('utf8').map((chunk: string) => {
        timer.refresh();
        return chunk;
      });
      for await (const { id, data } of readEventStream(chunks)) {
        yield {
          id,
          event: data === undefined ? undefined : parseAnswer(what, response, apiEventSchema, parseJson(data)),
        };
      }
    } catch (cause) {
      if (cause instanceof ApiClientError) throw cause;
      throw new ApiClientError('unreachable', `${what} was lost: ${describeFailure(cause)}`, { cause });
    } finally {
      clearTimeout(timer);
      silent.abort();
    }
  }

  async #call<A>(route: Route<unknown, unknown, unknown, A>, call: Call, options: ApiCallOptions = {}): Promise<A> {
    const what = this.#what(route, pathOf(route, call));
    const signal = options.signal ?? AbortSignal.timeout(this.#options.timeoutMs ?? 60_000);
    const headers = options.requestId === undefined ? {} : { 'x-openstack-request-id': options.requestId };
    const response = await this.#send(route, call, signal, { accept: 'application/json', ...headers });
    let text: string;
    try {
      text = await readText(response);
    } catch (cause) {
      throw new ApiClientError('unreachable', `${what} failed: ${describeFailure(cause)}`, { cause });
    }
    const { statusCode: status = 0 } = response;
    if (status >= 300 && status < 400) {
      throw new ApiClientError('unreachable', `${what} was redirected, which is not followed`, { status });
    }
    if (status < 200 || status > 299) throw failure(what, response, text);
    return parseAnswer(what, response, route.answer, parseJson(text));
  }

  async #send(
    route: Pick<Route, 'method' | 'path'>,
    call: Call,
    signal: AbortSignal,
    headers: Readonly<Record<string, string>>,
  ): Promise<IncomingMessage> {
    const path = pathOf(route, call);
    const what = this.#what(route, path);
    const token = await this.#token(what);
    try {
      return await exchange(this.#place, {
        method: route.method,
        path,
        headers: {
          ...headers,
          ...(token === undefined ? {} : { 'x-auth-token': token }),
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: call.body === undefined ? undefined : JSON.stringify(call.body),
        signal,
        ca: this.#options.ca,
      });
    } catch (cause) {
      throw new ApiClientError('unreachable', `${what} failed: ${describeFailure(cause)}`, { cause });
    }
  }

  async #token(what: string): Promise<string | undefined> {
    if (this.#place.socketPath !== undefined) return undefined;
    try {
      return await this.#options.token?.();
    } catch (cause) {
      throw new ApiClientError('unreachable', `${what} was not tried: no token: ${describeFailure(cause)}`, { cause });
    }
  }

  #what({ method }: Pick<Route, 'method'>, path: string): string {
    return `iorcld at ${this.#place.name}: ${method} ${path}`;
  }
}

function pathOf(route: Pick<Route, 'path'>, { params = {}, query = {} }: Call): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] satisfies [string, string]],
  );
  const search = new URLSearchParams(given).toString();
  return fillPath(route, params) + (search === '' ? '' : `?${search}`);
}

function failure(what: string, response: IncomingMessage, text: string): ApiClientError {
  const { statusCode: status } = response;
  const requestId = requestIdOf(response);
  const parsed = apiErrorBodySchema.safeParse(parseJson(text));
  if (!parsed.success) {
    return new ApiClientError('bad_answer', `${what} answered ${status} without an error of this API`, {
      status,
      requestId,
    });
  }
  const { code, message } = parsed.data.error;
  return new ApiClientError(code, message, { status, requestId });
}

function parseAnswer<A>(what: string, response: IncomingMessage, schema: z.ZodType<A>, json: unknown): A {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const found = z.prettifyError(parsed.error);
  throw new ApiClientError('bad_answer', `${what} answered something unexpected: ${found}`, {
    status: response.statusCode,
    requestId: requestIdOf(response),
  });
}

function requestIdOf(response: IncomingMessage): string | undefined {
  const value = response.headers['x-openstack-request-id'];
  return typeof value === 'string' ? value : undefined;
}

function parseJson(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
