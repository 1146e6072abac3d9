import type { WireRecord } from '../../wire/record.ts';

/** @see https://docs.openstack.org/api-ref/identity/v3/#users */
export interface User {
  readonly id: string;
  readonly name: string;
  readonly domainId: string | undefined;
  readonly defaultProjectId: string | undefined;
  readonly email: string | undefined;
  readonly description: string | undefined;
  readonly enabled: boolean;
  /** Undefined: never. */
  readonly passwordExpiresAt: Date | undefined;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface UserFilter {
  readonly name?: string | undefined;
  readonly domainId?: string | undefined;
  readonly enabled?: boolean | undefined;
}

export interface UserCreate {
  readonly name: string;
  readonly password?: string | undefined;
  readonly domainId?: string | undefined;
  readonly defaultProjectId?: string | undefined;
  readonly email?: string | undefined;
  readonly description?: string | undefined;
  readonly enabled?: boolean | undefined;
}

export type UserUpdate = Partial<Omit<UserCreate, 'domainId'>>;
