import type { WireRecord } from '../../wire/record.ts';

/** @see https://docs.openstack.org/api-ref/compute/#migrations-os-migrations */
export interface Migration {
  readonly id: number;
  readonly uuid: string;
  readonly serverId: string;
  /** `live-migration`, `migration`, `resize`, `evacuation`. */
  readonly type: string;
  /** `queued`, `preparing`, `running`, `completed`, `error`, `finished`, `confirmed`, … */
  readonly status: string;
  readonly sourceCompute: string | undefined;
  readonly destinationCompute: string | undefined;
  readonly createdAt: Date | undefined;
  readonly updatedAt: Date | undefined;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface MigrationSince280 extends Migration {
  readonly userId: string | undefined;
  readonly projectId: string | undefined;
}

/** What a migration shows, by the microversion that was asked for. */
export interface MigrationsByMicroversion {
  readonly '2.59': Migration;
  readonly '2.80': MigrationSince280;
}

export type MigrationMicroversion = keyof MigrationsByMicroversion;

export interface MigrationFilter {
  readonly serverId?: string | undefined;
  readonly host?: string | undefined;
  readonly status?: string | undefined;
  readonly sourceCompute?: string | undefined;
  readonly type?: 'evacuation' | 'live-migration' | 'migration' | 'resize' | undefined;
}
