import type { ApiErrorCode } from './error.ts';

const RETRYABLE: readonly string[] = [
  'unreachable',
  'cloud_unavailable',
  'journal_unavailable',
  'shutting_down',
  'cleanup_failed',
  'host_disabled',
  'rate_limited',
];

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
