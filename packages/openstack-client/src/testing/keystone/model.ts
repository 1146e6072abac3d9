export interface FakeProject {
  /** 32 hex digits, as Keystone makes them. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly tags: readonly string[];
}

export interface FakeUser {
  readonly id: string;
  readonly name: string;
  readonly password: string;
  readonly enabled: boolean;
  readonly email: string | undefined;
  readonly description: string | undefined;
  readonly defaultProjectId: string | undefined;
}

export interface FakeRole {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  /** Keystone's own roles can't be deleted. */
  readonly immutable: boolean;
}

/** What a token, or a role, is for. There is one domain, `default`. */
export type FakeScope =
  | { readonly kind: 'project'; readonly projectId: string }
  | { readonly kind: 'domain' }
  | { readonly kind: 'system' };

export interface FakeRoleAssignment {
  readonly userId: string;
  readonly roleId: string;
  readonly scope: FakeScope;
}

export interface FakeCatalogService {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly enabled: boolean;
}

export interface FakeEndpoint {
  readonly id: string;
  readonly serviceId: string;
  readonly interface: string;
  readonly region: string | null;
  /** `%(project_id)s` stands for the token's project. */
  readonly url: string;
  readonly enabled: boolean;
}

export interface FakeApplicationCredential {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly userId: string;
  readonly projectId: string;
  readonly roles: readonly string[];
  readonly secret: string;
  readonly unrestricted: boolean;
  readonly expiresAt: Date | undefined;
}

/** A user lets another one act with some of their roles. */
export interface FakeTrust {
  readonly id: string;
  readonly trustorId: string;
  readonly trusteeId: string;
  readonly projectId: string;
  readonly impersonation: boolean;
  readonly roles: readonly string[];
  readonly expiresAt: Date | undefined;
}

/** A token and what it may do. */
export interface IssuedToken {
  readonly value: string;
  readonly user: FakeUser;
  /** {@link NO_PROJECT} for a token that is for none. */
  readonly project: FakeProject;
  /** Undefined: unscoped. */
  readonly scope: FakeScope | undefined;
  readonly roles: readonly string[];
  readonly methods: readonly string[];
  readonly trust: FakeTrust | undefined;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

export const NO_PROJECT: FakeProject = { id: '', name: '', description: '', enabled: true, tags: [] };

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
