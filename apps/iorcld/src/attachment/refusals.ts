import type { CreateAttachmentRequest } from '@iorcl/api';
import type { Journal } from '../journal/journal.ts';
import type { Callers } from './callers.ts';
import { AttachmentError } from './error.ts';
import type { AttachmentRecord } from './record.ts';

/** Why a request is refused before anything has changed. Each throws AttachmentError. */

export function refuseWhenStopping(stopping: boolean, id: string): void {
  if (!stopping) return;
  throw new AttachmentError('shutting_down', id, 'iorcld is stopping; try again when it is back.', { retryable: true });
}

/** Nothing can be said of any attachment while the journal is being rebuilt. */
export function refuseWhileLost(journal: Journal, id: string): void {
  const lost = journal.lost();
  if (lost === undefined) return;
  throw new AttachmentError(
    'cloud_unavailable',
    id,
    `The journal was damaged (${lost.why}) and is being rebuilt; until then nothing can be said about attachment ${id}. iorcl doctor tells what is missing.`,
    { retryable: true },
  );
}

export function refuseWhenDisabled(journal: Journal, ioHost: string, id: string): void {
  const { status, reason } = journal.host();
  if (status === 'enabled') return;
  throw new AttachmentError(
    'host_disabled',
    id,
    `I/O host ${ioHost} takes no new attachments: it is disabled${reason === null ? '' : ` (${reason})`}.`,
    { retryable: true },
  );
}

/** What a request asks for of which an attachment has one for all its life. */
type Asked = Pick<CreateAttachmentRequest, 'computeHost' | 'mountpoint'>;

/**
 * The same request again is no conflict, another one is. Nova gives a volume its device name before it first asks; where
 * either of the two says none (a journal that was rebuilt doesn't), nothing is said against the other.
 */
export function refuseOtherRequest(attachmentId: string, has: Asked, wants: Asked): void {
  const differences = [
    ...(has.computeHost === wants.computeHost
      ? []
      : [`it is for compute host ${has.computeHost}, but was now asked for by ${wants.computeHost}`]),
    ...(has.mountpoint === undefined || wants.mountpoint === undefined || has.mountpoint === wants.mountpoint
      ? []
      : [`its mountpoint is ${has.mountpoint}, but was now asked for as ${wants.mountpoint}`]),
  ];
  if (differences.length === 0) return;
  throw new AttachmentError(
    'attachment_conflict',
    attachmentId,
    `Attachment ${attachmentId} exists, and ${differences.join('; ')}. Neither can be changed; delete it first.`,
  );
}

export function refuseWithoutCaller(attachmentId: string, callers: Callers): void {
  if (!callers.gone) return;
  throw new AttachmentError(
    'attachment_conflict',
    attachmentId,
    `Attachment ${attachmentId} was not begun: whoever asked for it no longer waits. Nothing was changed.`,
  );
}

export function refuseWhenLeaving({ plan, intent, fault }: AttachmentRecord): void {
  if (intent === 'attach') return;
  throw new AttachmentError(
    'attachment_conflict',
    plan.attachmentId,
    `Attachment ${plan.attachmentId} is being removed${fault === null ? '' : `, which failed: ${fault.message}`}. Delete it before attaching again.`,
  );
}
