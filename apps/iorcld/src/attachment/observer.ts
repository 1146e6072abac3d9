import type { AttachmentRecord, StepName } from './record.ts';

/** What became of one part of one step. */
export interface StepReport {
  readonly record: AttachmentRecord;
  readonly step: StepName;
  readonly verb: 'do' | 'undo' | 'verify';
  readonly outcome: 'ended' | 'failed';
  readonly seconds: number;
}

/** What happened to an attachment, in the order of its life. */
export type AttachmentChange =
  | 'attaching'
  | 'attached'
  | 'repaired'
  | 'resized'
  | 'limited'
  | 'detaching'
  | 'detached'
  | 'failed';

/** Whoever wants to know what iorcld does: metrics, events. Must not throw, and not take long. */
export interface Observer {
  stepReported(report: StepReport): void;
  /** For `detached`, the record as it was last. */
  attachmentChanged(change: AttachmentChange, record: AttachmentRecord): void;
}

/** Tells several. */
export function observers(all: readonly Observer[]): Observer {
  return {
    stepReported: (report) => {
      for (const one of all) one.stepReported(report);
    },
    attachmentChanged: (change, record) => {
      for (const one of all) one.attachmentChanged(change, record);
    },
  };
}
