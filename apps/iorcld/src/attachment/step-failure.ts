import type { ApiErrorCode } from '@iorcl/api';
import { DriverError } from '@iorcl/iohyp-driver';
import { describeError } from '@iorcl/service';
import { CloudError } from '../cloud/contract.ts';
import { JournalError } from '../journal/journal.ts';
import { AttachmentError } from './error.ts';
import type { AttachmentRecord } from './record.ts';

/** Says which step of which attachment failed, why, and what became of the rest. */
export function failedStep(step: string, record: AttachmentRecord, cause: unknown, outcome: string): AttachmentError {
  const { attachmentId, volumeId, instanceId } = record.plan;
  const message = `${step} failed for volume ${volumeId} of instance ${instanceId}: ${describeError(cause)}. ${outcome}`;
  return new AttachmentError(codeOf(cause), attachmentId, message, { cause, retryable: isRetryable(cause) });
}

/** Drivers' codes for what is wrong with the volume, or with the wish to have it exported here. */
const REFUSALS: readonly string[] = ['bad_connection_info', 'unsafe_path', 'not_supported'];

/** A volume that only its connection_info shows to be unusable is a refusal as much as one that Cinder's record shows. */
function codeOf(cause: unknown): ApiErrorCode {
  if (cause instanceof AttachmentError) return cause.code;
  if (cause instanceof DriverError && REFUSALS.includes(cause.code)) return 'volume_refused';
  if (cause instanceof CloudError && cause.code === 'unavailable') return 'cloud_unavailable';
  if (cause instanceof JournalError) return 'journal_unavailable';
  return 'step_failed';
}

function isRetryable(cause: unknown): boolean {
  const known =
    cause instanceof AttachmentError ||
    cause instanceof DriverError ||
    cause instanceof CloudError ||
    cause instanceof JournalError;
  return known && cause.retryable;
}
