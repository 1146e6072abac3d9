import { describeError, type Logger } from '@iorcl/service';
import type { SerialQueue } from '../attachments/serial-queue.ts';
import type { Imports } from './imports.ts';

export interface ImportKeeperOptions {
  readonly imports: Imports;
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
  readonly #failing = new Set<string>();
  /** Looks in progress, by attachment: one that waits for its turn is no reason to leave the others alone. */
  readonly #looking = new Map<string, Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ImportKeeperOptions) {
    this.#options = options;
  }

  /** Resolves after the first look, whatever it found. */
  async start(): Promise<void> {
    await this.look();
    this.#timer = setInterval(() => void this.look(), this.#options.intervalMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#looking.values());
  }

  /** Makes what is missing. What fails is logged when it begins to fail and when it works again, and tried at each look. */
  async look(): Promise<void> {
    const { imports, queue } = this.#options;
    for (const { attachmentId } of imports.all()) {
      if (this.#looking.has(attachmentId)) continue;
      const look = queue
        .run(attachmentId, () => this.#keep(attachmentId))
        .finally(() => this.#looking.delete(attachmentId));
      this.#looking.set(attachmentId, look);
    }
    await Promise.all(this.#looking.values());
  }

  async #keep(attachmentId: string): Promise<void> {
    const { imports, logger } = this.#options;
    const record = imports.find(attachmentId);
    if (record === undefined) return;
    const facts = { attachmentId, instanceId: record.instanceId };
    try {
      const { path } = await imports.restore(record);
      if (this.#failing.delete(attachmentId)) logger.info('import works again', { ...facts, path });
    } catch (error) {
      if (!this.#failing.has(attachmentId)) logger.error(`import fails: ${describeError(error)}`, facts);
      this.#failing.add(attachmentId);
    }
  }
}
