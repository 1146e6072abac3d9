import type { AttachmentStatus } from '@iorcl/api';
import type { QosLimits } from '@iorcl/iohyp-driver';
import type { AttachmentRecord, Facts, Fault, Grant, Plan, StepName, StepState } from '../attachment/record.ts';

/** A new intent to attach. */
export interface NewAttachment {
  readonly plan: Plan;
  readonly ioHost: string;
  readonly driver: string;
  readonly grant: Grant;
  /** Limits that the volume has already, where it is shared. */
  readonly qos?: QosLimits | undefined;
  /** Ports from which the instance's listener gets the first free one of its network, unless it has one. */
  readonly ports: { readonly first: number; readonly last: number };
}

export interface StatusChange {
  readonly intent: 'attach' | 'detach';
  readonly status: AttachmentStatus;
  readonly fault: Fault | null;
}

/** Where an instance's exports are reached. */
export interface ListenerRecord {
  readonly instanceId: string;
  readonly network: Plan['network'];
  readonly port: number;
}

/** Which attachments: of one instance, of one volume, or on one tenant network (see `networkKey`). */
export type AttachmentSelection =
  | { readonly instanceId: string }
  | { readonly volumeId: string }
  | { readonly networkKey: string };

/** Whether this I/O host takes new attachments. */
export interface HostRecord {
  readonly status: 'enabled' | 'disabled';
  /** Why it is disabled. */
  readonly reason: string | null;
  readonly updatedAt: string;
}

/** A journal that was damaged. */
export interface LostJournal {
  /** Where it was moved. */
  readonly aside: string;
  readonly why: string;
}

/** The desired state, and how far it has come. Every write is on the disk when it returns. Throws {@link JournalError}. */
export interface Journal {
  attachment(id: string): AttachmentRecord | undefined;
  /** All, oldest first. */
  attachments(): readonly AttachmentRecord[];
  /** Some, oldest first. */
  select(selection: AttachmentSelection): readonly AttachmentRecord[];
  listener(instanceId: string): ListenerRecord | undefined;
  /** Records the intent in status `attaching`, and gives the instance a listener port. */
  begin(attachment: NewAttachment): AttachmentRecord;
  /** Facts replace those that the step had; without, these stay. */
  setStep(id: string, step: StepName, state: StepState, facts?: Facts): AttachmentRecord;
  setStatus(id: string, change: StatusChange): AttachmentRecord;
  /** Cinder's new size of the volume, for all attachments that share this one's carrier. */
  setSize(id: string, sizeBytes: number): AttachmentRecord;
  /** Undefined: Cinder's limits hold again. For all attachments that share this one's carrier. */
  setQos(id: string, limits: QosLimits | undefined): AttachmentRecord;
  /** The journal before this one, while what it held is not all found again. */
  lost(): LostJournal | undefined;
  /** Undefined: all is found again. */
  setLost(lost: LostJournal | undefined): void;
  /** Its instance is gone: once it is undone, its attachment in Cinder is deleted, too. */
  setOrphaned(id: string): AttachmentRecord;
  host(): HostRecord;
  setHost(host: Omit<HostRecord, 'updatedAt'>): HostRecord;
  /** Copies the journal, as it is at one moment, into a new file of mode 0600; others may go on writing meanwhile. */
  backup(file: string): Promise<void>;
  /** Drops the attachment and all of it; with the instance's last one its listener port is free again. */
  forget(id: string): void;
  close(): void;
}

/**
 * `damaged`: not intact, so nothing in it can be relied on. `too_new`: written by a later version. `in_use`: another
 * iorcld has it. `no_port`: the tenant network's ports are used up. `failed`: anything else, for example a full disk.
 */
export type JournalErrorCode = 'damaged' | 'too_new' | 'in_use' | 'no_port' | 'failed';

export class JournalError extends Error {
  override readonly name = 'JournalError';
  readonly code: JournalErrorCode;
  readonly retryable: boolean;

  constructor(code: JournalErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = code !== 'damaged' && code !== 'too_new';
  }
}
