import type { VolumeKey, VolumeState } from '../../contract.ts';
import { requireOpen } from '../record-checks.ts';
import { RecordDirectory } from '../record-directory.ts';
import { SerialQueue } from '../serial-queue.ts';
import { type Bdev, readBdevs } from './bdev.ts';
import type { ResolvedOptions } from './options.ts';
import { findBdev } from './scripts.ts';
import { type SplitioRecord, splitioRecord } from './volume-record.ts';

/** The machine where scripts and kernel module are, and what this one keeps of its volumes. */
export class IoHost {
  readonly options: ResolvedOptions;
  readonly records: RecordDirectory<SplitioRecord>;
  readonly storages: SerialQueue = new SerialQueue();

  constructor(options: ResolvedOptions) {
    this.options = options;
    this.records = new RecordDirectory(options.runtimeDirectory, splitioRecord);
  }

  /** Everything that is exported there now, by whomever. */
  bdevs(signal: AbortSignal): Promise<readonly Bdev[]> {
    return readBdevs(this.options.runner, this.options.sysfsDirectory, signal);
  }

  /** @throws {DriverError} `not_open` */
  async requireOpen(key: VolumeKey): Promise<SplitioRecord> {
    return requireOpen(await this.records.read(key), key);
  }
}

export function stateOf(record: SplitioRecord, bdevs: readonly Bdev[]): VolumeState {
  return {
    attachmentId: record.attachmentId,
    backend: record.backend,
    sizeBytes: record.sizeBytes,
    readOnly: false,
    interposers: [],
    exportName: findBdev(bdevs, record.path)?.guestName,
    grants: [],
  };
}
