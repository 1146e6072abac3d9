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

export function refuseOtherHost(attachmentId: string, has: string, wants: string): void {
  if (has === wants) return;
  throw new AttachmentError(
    'attachment_conflict',
    attachmentId,
    `Attachment ${attachmentId} is for compute host ${has}, but was now asked for by ${wants}. Moving an attachment to another host is not supported yet; delete it first.`,
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
