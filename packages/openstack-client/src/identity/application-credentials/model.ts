import type { WireRecord } from '../../wire/record.ts';

/** @see https://docs.openstack.org/api-ref/identity/v3/#application-credentials */
export interface ApplicationCredential {
  readonly id: string;
  readonly name: string;
  readonly projectId: string | undefined;
  readonly description: string | undefined;
  readonly roles: readonly string[];
  readonly unrestricted: boolean;
  /** Undefined: never. */
  readonly expiresAt: Date | undefined;
  /** As it came, with the fields that this library doesn't know; the secret is not among them. */
  readonly raw: WireRecord;
}

export interface ApplicationCredentialCreate {
  readonly name: string;
  /** Undefined: Keystone makes one. */
  readonly secret?: string | undefined;
  readonly description?: string | undefined;
  /** Names of roles. Undefined: all that the user has in the token's project. */
  readonly roles?: readonly string[] | undefined;
  readonly expiresAt?: Date | undefined;
  /** Whether it may make further ones. Default false. */
  readonly unrestricted?: boolean | undefined;
}

export interface ApplicationCredentialFilter {
  readonly name?: string | undefined;
}
