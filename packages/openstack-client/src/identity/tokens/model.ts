import type { WireRecord } from '../../wire/record.ts';

/** What Keystone says about a token. */
export interface TokenInfo {
  readonly userId: string;
  readonly userName: string;
  readonly userDomainId: string | undefined;
  readonly userDomainName: string | undefined;
  /** Undefined for a token that is not scoped to a project. */
  readonly projectId: string | undefined;
  readonly projectName: string | undefined;
  readonly projectDomainId: string | undefined;
  readonly projectDomainName: string | undefined;
  /** Undefined for a token that is not scoped to a domain. */
  readonly domainId: string | undefined;
  readonly domainName: string | undefined;
  /** Whether it is for the whole system. */
  readonly systemScoped: boolean;
  /** Trust by which it was got. */
  readonly trustId: string | undefined;
  /** Names of the roles that the user has in the token's scope. */
  readonly roles: readonly string[];
  /** How it was got, for instance `password`, `token`, `application_credential`. */
  readonly methods: readonly string[];
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}
