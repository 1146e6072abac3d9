import { type ApiErrorBody, type ApiErrorCode, apiErrorCodes } from '@iorcl/api';
import { AttachmentError } from '../attachment/error.ts';
import { CloudError } from '../cloud/contract.ts';
import { JournalError } from '../journal/journal.ts';
import { HttpError } from './http-error.ts';

export interface ErrorAnswer {
  readonly status: number;
  readonly body: ApiErrorBody;
}

/** What a caller is told of an error. Of those that are nobody's fault but ours, only that they happened. */
export function errorAnswer(error: unknown, requestId: string): ErrorAnswer {
  const { code, message } = describe(error, requestId);
  return { status: apiErrorCodes[code], body: { error: { code, message, requestId } } };
}

function describe(error: unknown, requestId: string): { readonly code: ApiErrorCode; readonly message: string } {
  if (error instanceof AttachmentError || error instanceof HttpError) return error;
  if (error instanceof JournalError) return { code: 'journal_unavailable', message: error.message };
  if (error instanceof CloudError) return { code: 'cloud_unavailable', message: error.message };
  if (error instanceof Error && 'code' in error && 'statusCode' in error) {
    return describeFastifyError(error, String(error.code), Number(error.statusCode));
  }
  return { code: 'internal', message: `iorcld failed; its log says why under ${requestId}.` };
}

/** See https://fastify.dev/docs/latest/Reference/Errors/ */
function describeFastifyError(
  error: Error,
  code: string,
  status: number,
): { readonly code: ApiErrorCode; readonly message: string } {
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return { code: 'body_too_large', message: 'The body is longer than 64 KiB.' };
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return { code: 'bad_request', message: 'The body is not JSON by its content-type; expected application/json.' };
  }
  if (status >= 400 && status < 500) {
    return { code: 'bad_request', message: `The request can't be read: ${error.message}.` };
  }
  return { code: 'internal', message: 'iorcld failed to answer.' };
}
