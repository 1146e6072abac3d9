import type { Journal } from '../journal/journal.ts';
import { type AttachmentRecord, networkKey, type StepName } from './record.ts';

/** Whether a step was begun and is not undone, so that what it makes may be there. */
function stands(record: AttachmentRecord, step: StepName): boolean {
  const state = record.steps.get(step);
  return state !== undefined && state !== 'undone';
}

/** Whether another attachment uses the opened volume of this one. So it is during a live migration. */
export function volumeShared(journal: Journal, { plan }: AttachmentRecord): boolean {
  return journal
    .select({ instanceId: plan.instanceId })
    .some(
      (other) =>
        other.plan.attachmentId !== plan.attachmentId && other.plan.carrier === plan.carrier && stands(other, 'open'),
    );
}

/** Whether another attachment uses this host's address on the tenant network of this one. */
export function networkInUse(journal: Journal, { plan }: AttachmentRecord): boolean {
  return journal
    .select({ networkKey: networkKey(plan.network) })
    .some((other) => other.plan.attachmentId !== plan.attachmentId && stands(other, 'address'));
}
