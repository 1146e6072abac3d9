import type { WireRecord } from '../../wire/record.ts';

/** @see https://docs.openstack.org/api-ref/image/v2/#show-image */
export interface Image {
  readonly id: string;
  readonly name: string | undefined;
  /** `queued` (no data yet), `saving`, `active`, `killed`, `deactivated`, … */
  readonly status: string;
  /** For instance `raw`, `qcow2`. */
  readonly diskFormat: string | undefined;
  /** For instance `bare`. */
  readonly containerFormat: string | undefined;
  readonly visibility: string | undefined;
  /** Undefined until there is data. */
  readonly sizeBytes: number | undefined;
  readonly minDiskGiB: number;
  readonly minRamMiB: number;
  /** For instance `sha512`; of `hash`. */
  readonly hashAlgorithm: string | undefined;
  readonly hash: string | undefined;
  readonly protected: boolean;
  readonly ownerId: string | undefined;
  readonly tags: readonly string[];
  readonly createdAt: Date | undefined;
  /** As it came: with the image's properties, for instance `hw_disk_bus`, and the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface ImageFilter {
  readonly name?: string | undefined;
  readonly status?: string | undefined;
  readonly visibility?: ImageVisibility | undefined;
  readonly ownerId?: string | undefined;
  readonly tag?: string | undefined;
}

export type ImageVisibility = 'public' | 'private' | 'shared' | 'community';

export interface ImageCreate {
  readonly name: string;
  readonly diskFormat: string;
  /** Default `bare`. */
  readonly containerFormat?: string | undefined;
  readonly visibility?: ImageVisibility | undefined;
  readonly minDiskGiB?: number | undefined;
  readonly minRamMiB?: number | undefined;
  readonly protected?: boolean | undefined;
  readonly tags?: readonly string[] | undefined;
  /** For instance `hw_disk_bus`. */
  readonly properties?: Readonly<Record<string, string>> | undefined;
}

/** Properties that are null are removed. */
export interface ImageUpdate {
  readonly name?: string | undefined;
  readonly visibility?: ImageVisibility | undefined;
  readonly minDiskGiB?: number | undefined;
  readonly minRamMiB?: number | undefined;
  readonly protected?: boolean | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly properties?: Readonly<Record<string, string | null>> | undefined;
}
