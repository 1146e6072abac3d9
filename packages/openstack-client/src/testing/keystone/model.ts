export interface FakeProject {
  /** 32 hex digits, as Keystone makes them. */
  readonly id: string;
  readonly name: string;
}

export interface FakeUser {
  readonly id: string;
  readonly name: string;
  readonly password: string;
}

/** A token and what it may do. */
export interface IssuedToken {
  readonly value: string;
  readonly user: FakeUser;
  readonly project: FakeProject;
  readonly roles: readonly string[];
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** What `passwordAuth` takes. */
export interface FakeCredentials {
  readonly authUrl: string;
  readonly username: string;
  readonly password: string;
  readonly projectName: string;
  readonly userDomainName: string;
  readonly projectDomainName: string;
}

export function isAdmin(token: IssuedToken | undefined): boolean {
  return token?.roles.includes('admin') ?? false;
}
