import type { WireRecord } from '../../wire/record.ts';

export interface RebuildOptions {
  readonly imageId: string;
  readonly name?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

export interface LiveMigrateOptions {
  /** Undefined: the scheduler chooses. */
  readonly host?: string | undefined;
  /** Copy local disks as well. Default `auto`. */
  readonly blockMigration?: boolean | 'auto' | undefined;
}

export interface EvacuateOptions {
  /** Undefined: the scheduler chooses. */
  readonly host?: string | undefined;
  readonly adminPassword?: string | undefined;
}

export interface MigrateOptions {
  /** Undefined: the scheduler chooses. */
  readonly host?: string | undefined;
}

export interface RemoteConsole {
  readonly protocol: string;
  readonly type: string;
  /** Holds a token: whoever has it has the console. */
  readonly url: string;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

/** What `lock` takes, by the microversion that was asked for. */
export interface LockReason {
  readonly reason?: string | undefined;
}

/** What `unshelve` takes from 2.91 on. */
export interface UnshelveOptions {
  readonly host?: string | undefined;
  /** Null: take the server out of the zone that it was pinned to. */
  readonly availabilityZone?: string | null | undefined;
}
