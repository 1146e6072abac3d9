import type { ApiErrorCode } from '@iorcl/api';

/** A request that is refused for its form or its sender. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: ApiErrorCode;
  readonly retryable = false;

  constructor(code: ApiErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
