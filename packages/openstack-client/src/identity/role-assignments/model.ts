import type { WireRecord } from '../../wire/record.ts';

/** Where a role holds. */
export type RoleScope =
  | { readonly kind: 'project'; readonly projectId: string }
  | { readonly kind: 'domain'; readonly domainId: string }
  | { readonly kind: 'system' };

/** @see https://docs.openstack.org/api-ref/identity/v3/#list-role-assignments */
export interface RoleAssignment {
  readonly roleId: string;
  /** Only with `includeNames`. */
  readonly roleName: string | undefined;
  /** Undefined: it is a group's. */
  readonly userId: string | undefined;
  readonly userName: string | undefined;
  /** Undefined: it is a user's. */
  readonly groupId: string | undefined;
  /** Undefined: of a kind that this library doesn't know. */
  readonly scope: RoleScope | undefined;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface RoleAssignmentFilter {
  readonly userId?: string | undefined;
  readonly groupId?: string | undefined;
  readonly roleId?: string | undefined;
  readonly projectId?: string | undefined;
  readonly domainId?: string | undefined;
  /** Those that follow from groups, inheritance and implied roles as well. */
  readonly effective?: boolean | undefined;
  readonly includeNames?: boolean | undefined;
}

/** Who gets a role, and where. */
export interface RoleGrant {
  readonly roleId: string;
  readonly userId: string;
  readonly scope: RoleScope;
}
