/** What Keystone says about a token. */
export interface TokenInfo {
  readonly userId: string;
  readonly userName: string;
  /** Undefined for a token that is not scoped to a project. */
  readonly projectId: string | undefined;
  readonly projectName: string | undefined;
  /** Names of the roles that the user has in the project. */
  readonly roles: readonly string[];
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}
