import type { WireRecord } from '../../wire/record.ts';

/** A service of the catalog. @see https://docs.openstack.org/api-ref/identity/v3/#service-catalog-and-endpoints */
export interface IdentityServiceEntry {
  readonly id: string;
  /** For instance `block-storage`. */
  readonly type: string;
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly enabled: boolean;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface IdentityServiceFilter {
  readonly type?: string | undefined;
  readonly name?: string | undefined;
}

export interface IdentityServiceCreate {
  readonly type: string;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly enabled?: boolean | undefined;
}
