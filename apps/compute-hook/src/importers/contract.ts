import type { ExportAccess } from '@iorcl/api';

/** What an importer is asked to turn into a disk of this host. */
export interface ImportRequest {
  readonly attachmentId: string;
  readonly access: ExportAccess;
  /** Link in the tenant's namespace over which the export is reached: the scope of link-local addresses. */
  readonly interfaceName: string;
  /** Runs `action` (synchronous) inside the tenant's network namespace: a process that it spawns starts there. */
  runInside<T>(action: () => T): T;
}

/** A disk that QEMU can open. */
export interface ImportedDisk {
  readonly kind: 'file' | 'block';
  /** The same for one attachment always: Nova keeps it and uses it again without asking. */
  readonly path: string;
  readonly sizeBytes: number;
}

/**
 * Turns exports into disks of this host. Verbs are idempotent, bounded in time, and verified: what they answer was read
 * back. Imports outlive the hook; whatever is needed to find them again lies on this host, not in the hook's memory.
 * All verbs throw {@link ImporterError}.
 */
export interface Importer {
  readonly name: string;
  /** Checks that this host can import, without changing anything but missing directories. */
  prepare(): Promise<void>;
  /** Where the disk of an attachment is or will be. */
  place(attachmentId: string): Pick<ImportedDisk, 'kind' | 'path'>;
  import(request: ImportRequest): Promise<ImportedDisk>;
  /** Resolves when disk, process and files are gone. Knows nothing of the attachment: fine. */
  unimport(attachmentId: string): Promise<void>;
  /** Attachments of which anything is there. */
  list(): Promise<readonly string[]>;
}

export type ImporterErrorCode =
  | 'not_possible_here'
  | 'import_failed'
  | 'not_answering'
  | 'size_differs'
  | 'still_there';

/** What an importer's verb failed with. `message` says what was tried, on what, why it failed, and what to do. */
export class ImporterError extends Error {
  override readonly name = 'ImporterError';
  readonly code: ImporterErrorCode;
  readonly attachmentId: string | undefined;

  constructor(
    code: ImporterErrorCode,
    message: string,
    facts: { readonly attachmentId?: string; readonly cause?: unknown } = {},
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.attachmentId = facts.attachmentId;
  }
}
