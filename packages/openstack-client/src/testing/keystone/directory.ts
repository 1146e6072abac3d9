import { randomBytes, randomUUID } from 'node:crypto';
import type { FakeClock } from '../clock.ts';
import { Table } from '../table.ts';
import { keystoneId } from './id.ts';
import {
  type FakeApplicationCredential,
  type FakeCatalogService,
  type FakeEndpoint,
  type FakeProject,
  type FakeRole,
  type FakeRoleAssignment,
  type FakeScope,
  type FakeTrust,
  type FakeUser,
  type IssuedToken,
  NO_PROJECT,
} from './model.ts';

/** Whoever has the first role has the second one too. */
const IMPLIED: Readonly<Record<string, string>> = { admin: 'member', member: 'reader' };
const BUILT_IN = ['admin', 'member', 'reader', 'service'];

/** What a token is made for; see `issueToken`. */
export interface TokenRequest {
  readonly user: FakeUser;
  /** Undefined: unscoped. */
  readonly scope: FakeScope | undefined;
  readonly methods?: readonly string[] | undefined;
  /** Default: the user's roles in the scope. */
  readonly roles?: readonly string[] | undefined;
  readonly trust?: FakeTrust | undefined;
}

/** Keystone's tables. */
export class KeystoneDirectory {
  readonly projects: Table<FakeProject> = new Table();
  readonly users: Table<FakeUser> = new Table();
  readonly roles: Table<FakeRole> = new Table();
  readonly services: Table<FakeCatalogService> = new Table();
  readonly endpoints: Table<FakeEndpoint> = new Table();
  readonly applicationCredentials: Table<FakeApplicationCredential> = new Table();
  readonly trusts: Table<FakeTrust> = new Table();
  #assignments: readonly FakeRoleAssignment[] = [];
  readonly #tokens = new Map<string, IssuedToken>();
  readonly #tokenLifetimeMs: number;
  readonly #clock: FakeClock;

  constructor(tokenLifetimeMs: number, clock: FakeClock) {
    this.#tokenLifetimeMs = tokenLifetimeMs;
    this.#clock = clock;
    for (const name of BUILT_IN) this.#role(name, true);
  }

  /** The project of this name; made when there is none. */
  project(name: string): FakeProject {
    const existing = this.projects.find((project) => project.name === name);
    return existing ?? this.projects.save({ ...NO_PROJECT, id: keystoneId(), name });
  }

  findProject(predicate: (project: FakeProject) => boolean): FakeProject | undefined {
    return this.projects.find(predicate);
  }

  findUser(predicate: (user: FakeUser) => boolean): FakeUser | undefined {
    return this.users.find(predicate);
  }

  /** The user of this name, with these roles in the project from now on; made when there is none. */
  user(name: string, project: FakeProject, roles: readonly string[]): FakeUser {
    const user =
      this.users.find((existing) => existing.name === name) ??
      this.users.save({
        ...{ id: keystoneId(), name, password: `password-${randomUUID()}`, enabled: true },
        ...{ email: undefined, description: undefined, defaultProjectId: undefined },
      });
    const scope: FakeScope = { kind: 'project', projectId: project.id };
    this.#assignments = this.#assignments.filter((each) => each.userId !== user.id || !isSame(each.scope, scope));
    for (const role of roles) this.grant({ userId: user.id, roleId: this.#role(role, false).id, scope });
    return user;
  }

  assignments(): readonly FakeRoleAssignment[] {
    return this.#assignments;
  }

  /** With those that come with them. */
  effectiveAssignments(): readonly FakeRoleAssignment[] {
    return this.#assignments.flatMap((each) => {
      const implied = this.roles.find(({ name }) => name === IMPLIED[this.roles.get(each.roleId)?.name ?? '']);
      const further = this.roles.find(({ name }) => name === IMPLIED[implied?.name ?? '']);
      const ids = [each.roleId, implied?.id, further?.id].filter((id) => id !== undefined);
      return ids.map((roleId) => ({ ...each, roleId }));
    });
  }

  grant(assignment: FakeRoleAssignment): void {
    this.revoke(assignment);
    this.#assignments = [...this.#assignments, assignment];
  }

  has({ userId, roleId, scope }: FakeRoleAssignment): boolean {
    return this.#assignments.some(
      (each) => each.userId === userId && each.roleId === roleId && isSame(each.scope, scope),
    );
  }

  /** Whether there was one. */
  revoke({ userId, roleId, scope }: FakeRoleAssignment): boolean {
    const rest = this.#assignments.filter(
      (each) => each.userId !== userId || each.roleId !== roleId || !isSame(each.scope, scope),
    );
    const found = rest.length < this.#assignments.length;
    this.#assignments = rest;
    return found;
  }

  /** Names of the roles that a user has there, with those that they imply. */
  rolesOf(user: FakeUser, scope: FakeScope): string[] {
    const names = new Set<string>();
    for (const each of this.#assignments) {
      if (each.userId !== user.id || !isSame(each.scope, scope)) continue;
      for (let name = this.roles.get(each.roleId)?.name; name !== undefined; name = IMPLIED[name]) names.add(name);
    }
    return [...names];
  }

  issueToken(request: TokenRequest): IssuedToken {
    const { user, scope } = request;
    const issuedAt = this.#clock.date();
    const token: IssuedToken = {
      value: `gAAAAA${randomBytes(48).toString('base64url')}`,
      user,
      project: (scope?.kind === 'project' ? this.projects.get(scope.projectId) : undefined) ?? NO_PROJECT,
      scope,
      roles: request.roles ?? (scope === undefined ? [] : this.rolesOf(user, scope)),
      methods: request.methods ?? ['password'],
      trust: request.trust,
      issuedAt,
      expiresAt: new Date(issuedAt.getTime() + this.#tokenLifetimeMs),
    };
    this.#tokens.set(token.value, token);
    return token;
  }

  /** Undefined when there is none, it has expired, or its user or project is disabled or gone. */
  findToken(value: string): IssuedToken | undefined {
    const token = this.#tokens.get(value);
    if (token === undefined || token.expiresAt.getTime() <= this.#clock.now()) return undefined;
    const { user, scope } = token;
    const live = this.users.get(user.id)?.enabled === true;
    const project = scope?.kind !== 'project' || this.projects.get(scope.projectId)?.enabled === true;
    return live && project ? token : undefined;
  }

  revokeToken(value: string): void {
    this.#tokens.delete(value);
  }

  revokeAllTokens(): void {
    this.#tokens.clear();
  }

  #role(name: string, immutable: boolean): FakeRole {
    const existing = this.roles.find((role) => role.name === name);
    return existing ?? this.roles.save({ id: keystoneId(), name, description: null, immutable });
  }
}

function isSame(one: FakeScope, other: FakeScope): boolean {
  if (one.kind === 'project' && other.kind === 'project') return one.projectId === other.projectId;
  return one.kind === other.kind;
}
