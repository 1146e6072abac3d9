import type { WireRecord } from '../../wire/record.ts';

/** A daemon of Cinder's. @see https://docs.openstack.org/api-ref/block-storage/v3/#services-os-services */
export interface BlockStorageServiceEntry {
  /** For instance `cinder-volume`. */
  readonly binary: string;
  /** For cinder-volume `HOST@BACKEND`. */
  readonly host: string;
  readonly zone: string | undefined;
  /** `enabled` or `disabled`, as an operator decided. */
  readonly status: string;
  readonly disabledReason: string | undefined;
  /** `up` or `down`, as Cinder sees it. */
  readonly state: string;
  readonly updatedAt: Date | undefined;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface BlockStorageServiceFilter {
  readonly host?: string | undefined;
  readonly binary?: string | undefined;
}
