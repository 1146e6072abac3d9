import type { WireRecord } from '../../wire/record.ts';

/** A daemon of Nova's. @see https://docs.openstack.org/api-ref/compute/#compute-services-os-services */
export interface ComputeServiceEntry {
  readonly id: string;
  /** For instance `nova-compute`. */
  readonly binary: string;
  readonly host: string;
  readonly zone: string;
  /** `enabled` or `disabled`, as an operator decided. */
  readonly status: string;
  readonly disabledReason: string | undefined;
  /** `up` or `down`, as Nova sees it. */
  readonly state: string;
  readonly forcedDown: boolean;
  readonly updatedAt: Date | undefined;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface ComputeServiceFilter {
  readonly host?: string | undefined;
  readonly binary?: string | undefined;
}

export interface ComputeServiceUpdate {
  readonly status?: 'enabled' | 'disabled' | undefined;
  /** With `disabled` only. */
  readonly disabledReason?: string | undefined;
  /** Says that the host is surely dead, so that its servers can be evacuated. */
  readonly forcedDown?: boolean | undefined;
}
