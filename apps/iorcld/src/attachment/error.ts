import type { ApiErrorCode } from '@iorcl/api';

/** Why an attachment was refused, failed or could not be removed; `code` is the HTTP API's. */
export class AttachmentError extends Error {
  override readonly name = 'AttachmentError';
  readonly code: ApiErrorCode;
  readonly attachmentId: string;
  readonly retryable: boolean;

  constructor(
    code: ApiErrorCode,
    attachmentId: string,
    message: string,
    facts: { readonly cause?: unknown; readonly retryable?: boolean } = {},
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.attachmentId = attachmentId;
    this.retryable = facts.retryable ?? code === 'cloud_unavailable';
  }
}
