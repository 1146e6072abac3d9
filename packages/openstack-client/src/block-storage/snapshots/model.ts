import type { WireRecord } from '../../wire/record.ts';

/** @see https://docs.openstack.org/api-ref/block-storage/v3/#volume-snapshots-snapshots */
export interface Snapshot {
  readonly id: string;
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly volumeId: string;
  /** `creating`, `available`, `deleting`, `error`, … */
  readonly status: string;
  readonly sizeGiB: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAt: Date | undefined;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface SnapshotFilter {
  readonly volumeId?: string | undefined;
  readonly name?: string | undefined;
  readonly status?: string | undefined;
  /** Only admins may. */
  readonly allProjects?: boolean | undefined;
}

export interface SnapshotCreate {
  readonly volumeId: string;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** Also of a volume in use; from 3.66 on that needs no leave. */
  readonly force?: boolean | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

export interface SnapshotUpdate {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
}
