import type { WireRecord } from '../../wire/record.ts';

/** A live migration under way. @see https://docs.openstack.org/api-ref/compute/#server-migrations-servers-migrations */
export interface ServerMigration {
  readonly id: number;
  readonly serverId: string;
  readonly status: string;
  readonly sourceCompute: string | undefined;
  readonly destinationCompute: string | undefined;
  /** Undefined until it is known; so are the others. */
  readonly memoryTotalBytes: number | undefined;
  readonly memoryRemainingBytes: number | undefined;
  readonly diskTotalBytes: number | undefined;
  readonly diskRemainingBytes: number | undefined;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}
