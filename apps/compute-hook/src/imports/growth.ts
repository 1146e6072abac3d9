import { describeError, type Logger } from '@iorcl/service';
import type { IoHost } from '../attachments/io-host.ts';
import type { SerialQueue } from '../attachments/serial-queue.ts';
import type { ImportRecord } from './import-record.ts';
import type { Imports } from './imports.ts';

export interface GrowthOptions {
  readonly imports: Imports;
  readonly ioHost: Pick<IoHost, 'resizeAttachment'>;
  /** Calls for one attachment, one after the other. */
  readonly queue: SerialQueue;
  /**
   * How long the I/O host may take, and how long whoever asks for the volume waits for all, in milliseconds. Default
   * 60 000.
   */
  readonly timeoutMs?: number;
}

/** On whose behalf an import grows. */
export interface GrowthCause {
  readonly requestId: string;
  readonly logger: Logger;
}

const BYTES_PER_GIB = 2 ** 30;

/**
 * Makes imports as large as Cinder has made their volumes, in this order: the I/O host's export, the record of the
 * import, the disk on this host. What is interrupted in between is made good by the keeper, who compares the record
 * with the I/O host.
 */
export class Growth {
  readonly #options: GrowthOptions;
  readonly #timeoutMs: number;
  /** Attachments whose disks have grown, and are to be asked to go on with that once QEMU has followed. */
  readonly #unsettled = new Set<string>();
  /** In progress, by attachment and size: whoever asks meanwhile waits for the same. */
  readonly #growing = new Map<string, Promise<void>>();
  /**
   * Sizes that could not be had, by attachment, and how often: nobody waits for those again. The keeper goes on trying.
   */
  readonly #failed = new Map<string, { readonly sizeBytes: number; readonly times: number }>();

  constructor(options: GrowthOptions) {
    this.#options = options;
    this.#timeoutMs = options.timeoutMs ?? 60_000;
  }

  /** Whether a volume is imported here. */
  concerns(volumeId: string): boolean {
    return this.#importsOf(volumeId).length > 0;
  }

  /**
   * Makes the imports of a volume grow to Cinder's size, where they are smaller, or lets them finish that. Resolves
   * when they have, or could not, or it takes too long, and then goes on. Never rejects: what fails is logged.
   */
  async volumeHas(volumeId: string, sizeBytes: number, cause: GrowthCause): Promise<void> {
    const due = this.#importsOf(volumeId).filter((record) => this.#isDue(record, sizeBytes));
    const all = Promise.all(due.map((record) => this.#shared(record, sizeBytes, cause)));
    await withinTime(all, this.#timeoutMs);
  }

  /**
   * The record of an import with the size that its export has now; the same one where it has not grown.
   *
   * @param sizeBytes what the volume has
   * @throws ApiClientError, or an Error where the I/O host has not grown with the volume
   */
  async follow(record: ImportRecord, sizeBytes: number, requestId: string): Promise<ImportRecord> {
    if (volumeBytes(record) >= sizeBytes) return record;
    const signal = AbortSignal.timeout(this.#timeoutMs);
    const { exportedBytes } = await this.#options.ioHost.resizeAttachment(
      record.attachmentId,
      {},
      { requestId, signal },
    );
    const grown = { ...record, access: { ...record.access, sizeBytes: exportedBytes } };
    if (volumeBytes(grown) >= sizeBytes) return grown;
    throw new Error(`the I/O host exports ${exportedBytes} bytes of a volume that has ${sizeBytes}`);
  }

  #importsOf(volumeId: string): readonly ImportRecord[] {
    return this.#options.imports.all().filter((record) => record.volumeId === volumeId);
  }

  #isDue(record: ImportRecord, sizeBytes: number): boolean {
    return volumeBytes(record) < sizeBytes || this.#unsettled.has(record.attachmentId);
  }

  #shared(record: ImportRecord, sizeBytes: number, cause: GrowthCause): Promise<void> {
    const { attachmentId } = record;
    const key = `${attachmentId} ${sizeBytes}`;
    const running = this.#growing.get(key);
    if (running !== undefined) return running;
    if (this.#failed.get(attachmentId)?.sizeBytes === sizeBytes) return Promise.resolve();
    const growing = this.#options.queue
      .run(attachmentId, () => this.#inTurn(attachmentId, sizeBytes, cause))
      .finally(() => this.#growing.delete(key));
    this.#growing.set(key, growing);
    return growing;
  }

  async #inTurn(attachmentId: string, sizeBytes: number, { requestId, logger }: GrowthCause): Promise<void> {
    const record = this.#options.imports.find(attachmentId);
    if (record === undefined || !this.#isDue(record, sizeBytes)) return;
    const facts = { attachmentId, instanceId: record.instanceId, volumeId: record.volumeId };
    try {
      const grown = await this.follow(record, sizeBytes, requestId);
      const { unsettled } = await this.#options.imports.grow(grown);
      this.#failed.delete(attachmentId);
      if (unsettled === undefined) this.#unsettled.delete(attachmentId);
      else this.#unsettled.add(attachmentId);
      if (grown === record) return;
      logger.info(`import has grown from ${record.access.sizeBytes} to ${grown.access.sizeBytes} bytes`, facts);
    } catch (error) {
      const times = (this.#failed.get(attachmentId)?.times ?? 0) + 1;
      this.#failed.set(attachmentId, { sizeBytes, times });
      const message = `import could not grow to ${sizeBytes} bytes, as its volume has: ${describeError(error)}`;
      logger.error(message, { ...facts, failures: times });
    }
  }
}

/**
 * Cinder's size of an import's volume: whole GiB. An export may lack the header of an encrypted volume, which is
 * smaller than that.
 */
function volumeBytes({ access }: ImportRecord): number {
  return Math.ceil(access.sizeBytes / BYTES_PER_GIB) * BYTES_PER_GIB;
}

async function withinTime(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([work, patience]);
  clearTimeout(timer);
}
