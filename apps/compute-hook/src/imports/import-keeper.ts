import type { Attachment } from '@iorcl/api';
import { describeError, type Logger, newRequestId } from '@iorcl/service';
import type { SerialQueue } from '../attachments/serial-queue.ts';
import type { Grants } from './grants.ts';
import type { Growth } from './growth.ts';
import type { ImportRecord } from './import-record.ts';
import type { Imports } from './imports.ts';

export interface ImportKeeperOptions {
  readonly imports: Imports;
  readonly grants: Grants;
  readonly growth: Growth;
  readonly queue: SerialQueue;
  readonly logger: Logger;
  /** Milliseconds between looks. */
  readonly intervalMs: number;
}

/**
 * Keeps what Nova was told true. Nova uses a path again without asking (hard reboot, start, a reboot of this host), so every
 * import on record is made again where it is missing: once before the hook answers anybody, and from time to time.
 */
export class ImportKeeper {
  readonly #options: ImportKeeperOptions;
  /** What is wrong with an import, as it was logged. */
  readonly #wrong = new Map<string, string>();
  /** Looks in progress, by attachment: one that waits for its turn is no reason to leave the others alone. */
  readonly #looking = new Map<string, Promise<void>>();
  /** When what was lost was last looked at, by attachment, in milliseconds. */
  readonly #lastLost = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #endWatch: () => void = () => {};
  #stopped = false;

  constructor(options: ImportKeeperOptions) {
    this.#options = options;
  }

  /** Resolves after the first look, whatever it found. */
  async start(): Promise<void> {
    this.#endWatch = this.#options.imports.watch((attachmentId) => this.#lost(attachmentId));
    await this.look();
    this.#timer = setInterval(() => void this.look(), this.#options.intervalMs);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#endWatch();
    await Promise.all(this.#looking.values());
  }

  /** Makes what is missing. What fails is logged when it begins to fail and when it works again, and tried at each look. */
  async look(): Promise<void> {
    const { imports, grants } = this.#options;
    const granted = imports.all().length === 0 ? undefined : await grants.survey();
    if (this.#stopped) return;
    for (const id of this.#lastLost.keys()) if (imports.find(id) === undefined) this.#lastLost.delete(id);
    for (const { attachmentId } of imports.all()) {
      this.#lookAt(attachmentId, () => this.#keep(attachmentId, granted));
    }
    await Promise.all(this.#looking.values());
  }

  #lookAt(attachmentId: string, action: () => Promise<void>): void {
    if (this.#stopped || this.#looking.has(attachmentId)) return;
    const look = this.#options.queue.run(attachmentId, action).finally(() => this.#looking.delete(attachmentId));
    this.#looking.set(attachmentId, look);
  }

  /** A guest may be waiting for it: it is made again at once, but one that is lost again and again only at each look. */
  #lost(attachmentId: string): void {
    const since = Date.now() - (this.#lastLost.get(attachmentId) ?? Number.NEGATIVE_INFINITY);
    if (since < this.#options.intervalMs) return;
    const again = (): void => this.#lookAt(attachmentId, () => this.#makeAgain(attachmentId));
    // A look under way may have seen it while it was still there.
    void (this.#looking.get(attachmentId) ?? Promise.resolve()).then(again);
  }

  async #makeAgain(attachmentId: string): Promise<void> {
    const record = this.#options.imports.find(attachmentId);
    if (record === undefined) return;
    this.#lastLost.set(attachmentId, Date.now());
    this.#options.logger.warn('import lost, since its process has ended: it is made again', factsOf(record));
    await this.#keep(attachmentId, undefined);
  }

  async #keep(attachmentId: string, granted: ReadonlyMap<string, Attachment> | undefined): Promise<void> {
    const { imports, grants, logger } = this.#options;
    const record = imports.find(attachmentId);
    if (record === undefined) return;
    const { kind, why } = await grants.standing(record, granted);
    if (kind === 'ended') return await this.#end(record, why);
    if (kind !== 'stands') this.#complain(record, why);
    // Nobody may have a right to it, and nobody may need it.
    if (kind === 'unproved') return;
    const now = await this.#followed(record, granted?.get(attachmentId));
    try {
      const { path } = await (now === undefined || now === record ? imports.restore(record) : imports.ensure(now));
      if (kind === 'stands' && now !== undefined && this.#wrong.delete(attachmentId)) {
        logger.info('import works again', { ...factsOf(record), path });
      }
    } catch (error) {
      this.#complain(record, `import fails: ${describeError(error)}`);
    }
  }

  /**
   * The record with the size that the volume has now: it may have grown while the hook was away, or when it could not follow.
   * Undefined: it has grown, and can't be followed.
   */
  async #followed(record: ImportRecord, surveyed: Attachment | undefined): Promise<ImportRecord | undefined> {
    if (surveyed === undefined) return record;
    try {
      return await this.#options.growth.follow(record, surveyed.sizeBytes, newRequestId());
    } catch (error) {
      this.#complain(record, `import can't grow with its volume: ${describeError(error)}`);
      return undefined;
    }
  }

  async #end(record: ImportRecord, why: string): Promise<void> {
    try {
      await this.#options.imports.remove(record.attachmentId);
      this.#wrong.delete(record.attachmentId);
      this.#options.logger.warn(`stale import ended: ${why}`, factsOf(record));
    } catch (error) {
      this.#complain(record, `stale import can't be ended: ${describeError(error)}`);
    }
  }

  #complain(record: ImportRecord, message: string): void {
    if (this.#wrong.get(record.attachmentId) === message) return;
    this.#wrong.set(record.attachmentId, message);
    this.#options.logger.error(message, factsOf(record));
  }
}

function factsOf({ attachmentId, instanceId }: ImportRecord): {
  readonly attachmentId: string;
  readonly instanceId: string;
} {
  return { attachmentId, instanceId };
}
