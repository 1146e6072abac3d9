/** What went wrong, stable across releases: branch on it, never on a message. */
export type OpenStackErrorCode =
  | 'bad_request'
  | 'unauthorized'
  | 'token_expired'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'quota_exceeded'
  | 'unsupported_microversion'
  | 'too_many_requests'
  | 'service_unavailable'
  | 'http_error'
  | 'redirected'
  | 'malformed_answer'
  | 'answer_too_large'
  | 'connection_failed'
  | 'timeout'
  | 'aborted'
  | 'resource_failed'
  | 'endpoint_not_found'
  | 'unscoped_token'
  | 'ambiguous_region'
  | 'configuration';

/** Facts about a failed call. None of them ever holds a token, a password, or a URL's query. */
export interface OpenStackErrorFacts {
  /** HTTP status of the answer; undefined when there was none. */
  readonly status?: number | undefined;
  /** Official service type, for instance `block-storage`. */
  readonly service?: string | undefined;
  readonly method?: string | undefined;
  /** Without user, password, query and fragment. */
  readonly url?: string | undefined;
  /** `X-OpenStack-Request-ID` of the answer: what an operator greps for in the service's log. */
  readonly requestId?: string | undefined;
  /** The global request id that this client sent. */
  readonly globalRequestId?: string | undefined;
  /** The service's own words. */
  readonly fault?: string | undefined;
  /** Whether the same call may succeed later without anything else changing. Default false. */
  readonly retryable?: boolean | undefined;
  readonly cause?: unknown;
}

/** Base of everything that this library throws. Catch it, or one of its subclasses, or branch on {@link OpenStackError.code}. */
export class OpenStackError extends Error {
  override readonly name: string = 'OpenStackError';
  readonly code: OpenStackErrorCode;
  readonly status: number | undefined;
  readonly service: string | undefined;
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly requestId: string | undefined;
  readonly globalRequestId: string | undefined;
  readonly fault: string | undefined;
  readonly retryable: boolean;

  constructor(code: OpenStackErrorCode, message: string, facts: OpenStackErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.status = facts.status;
    this.service = facts.service;
    this.method = facts.method;
    this.url = facts.url;
    this.requestId = facts.requestId;
    this.globalRequestId = facts.globalRequestId;
    this.fault = facts.fault;
    this.retryable = facts.retryable ?? false;
  }

  /** What `JSON.stringify` shows. */
  toJSON(): Record<string, unknown> {
    const { name, code, message, status, service, method, url, requestId, globalRequestId, fault, retryable } = this;
    return { name, code, message, status, service, method, url, requestId, globalRequestId, fault, retryable };
  }
}
