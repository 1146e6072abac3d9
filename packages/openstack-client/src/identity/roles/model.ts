import type { WireRecord } from '../../wire/record.ts';

/** @see https://docs.openstack.org/api-ref/identity/v3/#roles */
export interface Role {
  readonly id: string;
  readonly name: string;
  /** Undefined: for all domains. */
  readonly domainId: string | undefined;
  readonly description: string | undefined;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface RoleFilter {
  readonly name?: string | undefined;
  readonly domainId?: string | undefined;
}

export interface RoleCreate {
  readonly name: string;
  readonly domainId?: string | undefined;
  readonly description?: string | undefined;
}
