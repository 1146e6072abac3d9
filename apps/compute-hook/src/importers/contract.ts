import type { ExportAccess } from '@iorcl/api';

/** How an export is reached: NBD, … Names are those of {@link ExportAccess}. */
export type Transport = ExportAccess['transport'];

/** This host's link into a tenant network, where the importer's {@link Importer.networkEnd} is. Always the same for one network. */
export interface NetworkLink {
  /** Over it the export is reached: the scope of link-local addresses. */
  readonly interfaceName: string;
  /** The link's own address of fe80::/64, without scope. */
  readonly linkLocal: string;
}

/** What an importer is asked to turn into a disk of this host. */
export interface ImportRequest extends NetworkLink {
  readonly attachmentId: string;
  readonly access: ExportAccess;
  /** Runs `action` (synchronous) where the importer's {@link Importer.networkEnd} is: a process that it spawns starts there. */
  runInside<T>(action: () => T): T;
}

/**
 * Where QEMU finds a disk. The same for one attachment always: Nova keeps it and uses it again without asking.
 *
 * - `file`: a file that is the disk
 * - `block`: a block device
 * - `nbd-socket`: an NBD server on a unix socket, which QEMU opens itself
 * - `nvmeof`: a namespace of an NVMe subsystem to which this host is connected; os-brick finds it by these names
 */
export type DiskPlace =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'block'; readonly path: string }
  | { readonly kind: 'nbd-socket'; readonly path: string; readonly exportName: string }
  | {
      readonly kind: 'nvmeof';
      /** As udev names it. */
      readonly path: string;
      readonly subsystemNqn: string;
      readonly hostNqn: string;
      readonly namespaceUuid: string;
      /** Address, port and transport, as os-brick compares them. */
      readonly portals: readonly (readonly [address: string, port: string, transport: 'tcp'])[];
    };

/** A disk that QEMU can open. */
export type ImportedDisk = DiskPlace & {
  readonly sizeBytes: number;
  /**
   * After growth in use: what remains to be done once QEMU has followed, in words. Another {@link Importer.resize} or
   * {@link Importer.import} does it.
   */
  readonly unsettled?: string;
};

/** Whether an importer could import on this host now; if not, why not and what to do. */
export type Possibility = { readonly possible: true } | { readonly possible: false; readonly why: string };

/**
 * Turns exports into disks of this host. Verbs are idempotent, bounded in time, and verified: what they answer was read
 * back. Imports outlive the hook; whatever is needed to find them again lies on this host, not in the hook's memory.
 * All verbs throw {@link ImporterError}.
 */
export interface Importer {
  /** As configuration and import records have it. */
  readonly name: string;
  /** Transports of the exports that it can import. */
  readonly transports: readonly Transport[];
  /** Where its connection to the I/O host has its end: in the tenant's network namespace, or in the initial one. */
  readonly networkEnd: 'tenant-namespace' | 'initial-namespace';
  /** Answers without changing anything. */
  probe(): Promise<Possibility>;
  /** Makes the directories that are missing. Only where {@link Importer.probe} said that it is possible. */
  prepare(): Promise<void>;
  /** Where the disk of an attachment is or will be. */
  place(attachmentId: string, access: ExportAccess, link: NetworkLink): DiskPlace;
  /**
   * Makes the disk, or what is missing of it. Refuses an export of another size than announced (`size_differs`); only a disk
   * that is there already, and smaller than announced since the export has grown, is made to grow as by
   * {@link Importer.resize}, and where it can't it is answered as it is.
   */
  import(request: ImportRequest): Promise<ImportedDisk>;
  /**
   * Makes the size of an export that has grown visible on this host, without interrupting I/O: a disk that had its old size has
   * `access.sizeBytes` then. Has it already: fine. Throws `cannot_resize` with the reason where that can't be, and has changed
   * nothing then.
   */
  resize(attachmentId: string, access: ExportAccess): Promise<ImportedDisk>;
  /** Resolves when disk, process and files are gone. Knows nothing of the attachment: fine. Works where it is not possible to import, too. */
  unimport(attachmentId: string): Promise<void>;
  /** Attachments of which anything is there. */
  list(): Promise<readonly string[]>;
  /**
   * Calls `onLoss` as soon as a process that an import needs has ended, whether that was meant or not; covers what this object has
   * imported since. The answer ends the watch. Missing where imports need no process.
   */
  watch?(onLoss: (attachmentId: string) => void): () => void;
}

export type ImporterErrorCode =
  | 'not_possible_here'
  | 'import_failed'
  | 'not_answering'
  | 'size_differs'
  | 'cannot_resize'
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
