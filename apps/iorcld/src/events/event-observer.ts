import type { Finding } from '@iorcl/api';
import type { AttachmentChange, Observer } from '../attachment/observer.ts';
import type { AttachmentRecord } from '../attachment/record.ts';
import { attachmentView } from '../attachment/view.ts';
import type { EventLog } from './event-log.ts';

/** B12: makes events of what happens to attachments. */
export class EventObserver implements Observer {
  readonly #log: EventLog;
  #findings = '[]';

  constructor(log: EventLog) {
    this.#log = log;
  }

  stepReported(): void {
    // Too much for whoever follows events; metrics count steps.
  }

  attachmentChanged(change: AttachmentChange, record: AttachmentRecord): void {
    this.#log.append({ type: `attachment.${change}`, attachment: attachmentView(record) });
  }

  /** Makes an event where the reconciler doesn't find what it found before. */
  findingsReported(findings: readonly Finding[]): void {
    const ids = JSON.stringify(findings.map(({ id }) => id).sort());
    if (ids === this.#findings) return;
    this.#findings = ids;
    this.#log.append({ type: 'findings.changed', findings });
  }
}
