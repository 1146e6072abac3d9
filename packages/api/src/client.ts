import * as z from 'zod';
import {
  type Attachment,
  attachmentSchema,
  type CreateAttachmentRequest,
  type CreateAttachmentResponse,
  createAttachmentResponseSchema,
} from './attachment.ts';
import { type ApiErrorCode, apiErrorBodySchema } from './error.ts';
import { type Host, hostSchema } from './host.ts';

export interface ApiClientOptions {
  /** `http(s)://HOST:PORT` of an iorcld. */
  readonly endpoint: string;
  /** Answers a Keystone token for X-Auth-Token. */
  token(): Promise<string>;
  /** For each call that has no signal of its own. Default 60 000. */
  readonly timeoutMs?: number;
}

export interface ApiCallOptions {
  readonly signal?: AbortSignal;
  /** Sent as X-OpenStack-Request-ID. */
  readonly requestId?: string;
}

const RETRYABLE: readonly string[] = ['unreachable', 'cloud_unavailable', 'shutting_down', 'cleanup_failed'];

/** iorcld answered with an error, with something that is not its API, or not at all (`status` undefined). */
export class ApiClientError extends Error {
  override readonly name = 'ApiClientError';
  readonly code: ApiErrorCode | 'unreachable' | 'bad_answer';
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  /** Whether the same call may succeed later without anything else changing. */
  readonly retryable: boolean;

  constructor(
    code: ApiErrorCode | 'unreachable' | 'bad_answer',
    message: string,
    facts: {
      readonly status?: number | undefined;
      readonly requestId?: string | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.status = facts.status;
    this.requestId = facts.requestId;
    this.retryable = RETRYABLE.includes(code);
  }
}

/** Typed client of iorcld's HTTP API v1. Every method throws {@link ApiClientError}. */
export class ApiClient {
  readonly #options: ApiClientOptions;

  constructor(options: ApiClientOptions) {
    this.#options = options;
  }

  createAttachment(request: CreateAttachmentRequest, options?: ApiCallOptions): Promise<CreateAttachmentResponse> {
    return this.#call('POST', '/v1/attachments', createAttachmentResponseSchema, request, options);
  }

  async listAttachments(options?: ApiCallOptions): Promise<readonly Attachment[]> {
    const schema = z.object({ attachments: z.array(attachmentSchema) });
    return (await this.#call('GET', '/v1/attachments', schema, undefined, options)).attachments;
  }

  async showAttachment(id: string, options?: ApiCallOptions): Promise<Attachment> {
    const schema = z.object({ attachment: attachmentSchema });
    return (await this.#call('GET', `/v1/attachments/${encodeURIComponent(id)}`, schema, undefined, options))
      .attachment;
  }

  /** Resolves when the export is gone and the backend closed, verified. `attachment_not_found` when there is none. */
  async deleteAttachment(id: string, options?: ApiCallOptions): Promise<void> {
    await this.#call('DELETE', `/v1/attachments/${encodeURIComponent(id)}`, z.undefined(), undefined, options);
  }

  async listHosts(options?: ApiCallOptions): Promise<readonly Host[]> {
    const schema = z.object({ hosts: z.array(hostSchema) });
    return (await this.#call('GET', '/v1/hosts', schema, undefined, options)).hosts;
  }

  async #call<T>(
    method: string,
    path: string,
    schema: z.ZodType<T>,
    body: unknown,
    options: ApiCallOptions = {},
  ): Promise<T> {
    const url = new URL(path, this.#options.endpoint);
    const what = `iorcld at ${url.origin}: ${method} ${path}`;
    const token = await this.#options.token().catch((cause: unknown) => {
      throw new ApiClientError('unreachable', `${what} was not tried: no token: ${describe(cause)}`, { cause });
    });
    const headers = new Headers({ accept: 'application/json', 'x-auth-token': token });
    if (body !== undefined) headers.set('content-type', 'application/json');
    if (options.requestId !== undefined) headers.set('x-openstack-request-id', options.requestId);
    const signal = options.signal ?? AbortSignal.timeout(this.#options.timeoutMs ?? 60_000);
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        method,
        headers,
        signal,
        redirect: 'error',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      text = await response.text();
    } catch (cause) {
      throw new ApiClientError('unreachable', `${what} failed: ${describe(cause)}`, { cause });
    }
    const requestId = response.headers.get('x-openstack-request-id') ?? undefined;
    const json = parseJson(text);
    if (!response.ok) {
      const parsed = apiErrorBodySchema.safeParse(json);
      if (!parsed.success) {
        throw new ApiClientError('bad_answer', `${what} answered ${response.status} without an error of this API`, {
          status: response.status,
          requestId,
        });
      }
      const { code, message } = parsed.data.error;
      throw new ApiClientError(code, message, { status: response.status, requestId });
    }
    const parsed = schema.safeParse(json);
    if (!parsed.success) {
      throw new ApiClientError(
        'bad_answer',
        `${what} answered something unexpected: ${z.prettifyError(parsed.error)}`,
        {
          status: response.status,
          requestId,
        },
      );
    }
    return parsed.data;
  }
}

/** fetch says only "fetch failed"; its cause says why. */
function describe(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return inner instanceof Error ? inner.message : String(inner);
}

function parseJson(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
