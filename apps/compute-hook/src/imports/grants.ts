import type { Attachment } from '@iorcl/api';
import { describeError, newRequestId } from '@iorcl/service';
import { type IoHost, knownToIoHost, LOOK_TIMEOUT_MS } from '../attachments/io-host.ts';
import type { CloudView } from '../attachments/ownership.ts';
import type { ImportRecord } from './import-record.ts';

/**
 * Whether an import on record is this host's still:
 *
 * - `stands`: nothing says otherwise; silence is not a word
 * - `ended`: certainly not; the instance was evacuated, or has moved while the hook was away
 * - `disputed`: the I/O host does not know it, Cinder does
 * - `unproved`: the I/O host does not know it, and Cinder does not answer
 */
export interface Standing {
  readonly kind: 'stands' | 'ended' | 'disputed' | 'unproved';
  /** Empty for `stands`. */
  readonly why: string;
}

export interface GrantsOptions {
  readonly ioHost: Pick<IoHost, 'listAttachments' | 'showAttachment'>;
  readonly cloud: Pick<CloudView, 'attachment'>;
  /** This compute host. */
  readonly host: string;
}

const STANDS: Standing = { kind: 'stands', why: '' };

/** What the I/O host grants to this compute host, by which imports are judged. */
export class Grants {
  readonly #options: GrantsOptions;

  constructor(options: GrantsOptions) {
    this.#options = options;
  }

  /** Attachments that the I/O host has for this host, by id; undefined when it does not say. Never rejects. */
  async survey(): Promise<ReadonlyMap<string, Attachment> | undefined> {
    const { ioHost, host } = this.#options;
    try {
      const signal = AbortSignal.timeout(LOOK_TIMEOUT_MS);
      const attachments = await ioHost.listAttachments({ filter: { computeHost: host }, signal });
      return new Map(attachments.map((attachment) => [attachment.id, attachment]));
    } catch {
      return undefined;
    }
  }

  /**
   * Judges one import. Whatever the survey lacks is asked about once more, since it may be newer than the survey: so no
   * attach of the same attachment may be in progress. Never rejects.
   */
  async standing(record: ImportRecord, surveyed: ReadonlyMap<string, Attachment> | undefined): Promise<Standing> {
    const { attachmentId } = record;
    if (surveyed === undefined || surveyed.has(attachmentId)) return STANDS;
    const requestId = newRequestId();
    let known: Attachment | undefined;
    try {
      known = await knownToIoHost(this.#options.ioHost, attachmentId, requestId);
    } catch {
      return STANDS;
    }
    if (known !== undefined) {
      if (record.computeHost === undefined || known.computeHost === record.computeHost) return STANDS;
      return { kind: 'ended', why: `the I/O host exports it for ${known.computeHost} now` };
    }
    try {
      const attachment = await this.#options.cloud.attachment(attachmentId, requestId);
      if (attachment === undefined) return { kind: 'ended', why: 'neither the I/O host nor Cinder has it any more' };
      return { kind: 'disputed', why: 'Cinder has this attachment, but the I/O host does not know it' };
    } catch (cause) {
      const why = `the I/O host does not know this attachment, and Cinder does not tell: ${describeError(cause)}`;
      return { kind: 'unproved', why };
    }
  }
}
