import type { WireRecord } from '../../wire/record.ts';

/** One row of Glance's table of images. */
export interface FakeImage {
  readonly id: string;
  readonly name: string | null;
  readonly status: 'queued' | 'active';
  readonly diskFormat: string | null;
  readonly containerFormat: string | null;
  readonly visibility: string;
  readonly ownerId: string;
  readonly minDiskGiB: number;
  readonly minRamMiB: number;
  readonly protected: boolean;
  readonly tags: readonly string[];
  /** Everything else that it was made with. */
  readonly properties: WireRecord;
  /** Undefined until it is uploaded. */
  readonly bytes: Buffer | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
