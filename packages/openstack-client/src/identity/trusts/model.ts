import type { WireRecord } from '../../wire/record.ts';

/** One user's permission for another to act in his place. @see https://docs.openstack.org/api-ref/identity/v3-ext/#os-trust-api */
export interface Trust {
  readonly id: string;
  readonly trustorUserId: string;
  readonly trusteeUserId: string;
  readonly projectId: string | undefined;
  /** Whether tokens look like the trustor's own. */
  readonly impersonation: boolean;
  /** Names of roles; only when one is shown, not in lists. */
  readonly roles: readonly string[];
  /** Undefined: never. */
  readonly expiresAt: Date | undefined;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface TrustCreate {
  /** The user who makes it. */
  readonly trustorUserId: string;
  readonly trusteeUserId: string;
  readonly projectId: string;
  /** Names of roles that the trustor has in the project. */
  readonly roles: readonly string[];
  /** Default true. */
  readonly impersonation?: boolean | undefined;
  readonly expiresAt?: Date | undefined;
}

export interface TrustFilter {
  readonly trustorUserId?: string | undefined;
  readonly trusteeUserId?: string | undefined;
}
