import { randomBytes, randomUUID } from 'node:crypto';
import type { FakeClock } from '../clock.ts';
import type { FakeProject, FakeUser, IssuedToken } from './model.ts';

/** Users, projects, role assignments and tokens. */
export class KeystoneDirectory {
  readonly #projects = new Map<string, FakeProject>();
  readonly #users = new Map<string, FakeUser>();
  /** Keyed by user id and project id. */
  readonly #roles = new Map<string, readonly string[]>();
  readonly #tokens = new Map<string, IssuedToken>();
  readonly #tokenLifetimeMs: number;

  readonly #clock: FakeClock;

  constructor(tokenLifetimeMs: number, clock: FakeClock) {
    this.#tokenLifetimeMs = tokenLifetimeMs;
    this.#clock = clock;
  }

  /** The project of this name; made when there is none. */
  project(name: string): FakeProject {
    const existing = this.findProject((project) => project.name === name);
    if (existing !== undefined) return existing;
    const project = { id: randomBytes(16).toString('hex'), name };
    this.#projects.set(project.id, project);
    return project;
  }

  findProject(predicate: (project: FakeProject) => boolean): FakeProject | undefined {
    return this.#projects.values().find(predicate);
  }

  findUser(predicate: (user: FakeUser) => boolean): FakeUser | undefined {
    return this.#users.values().find(predicate);
  }

  /** The user of this name, with these roles in the project from now on; made when there is none. */
  user(name: string, project: FakeProject, roles: readonly string[]): FakeUser {
    let user = this.findUser((existing) => existing.name === name);
    if (user === undefined) {
      user = { id: randomBytes(16).toString('hex'), name, password: `password-${randomUUID()}` };
      this.#users.set(user.id, user);
    }
    this.#roles.set(`${user.id} ${project.id}`, roles);
    return user;
  }

  rolesOf(user: FakeUser, project: FakeProject): readonly string[] {
    return this.#roles.get(`${user.id} ${project.id}`) ?? [];
  }

  issueToken(user: FakeUser, project: FakeProject): IssuedToken {
    const issuedAt = this.#clock.date();
    const token: IssuedToken = {
      value: `gAAAAA${randomBytes(48).toString('base64url')}`,
      user,
      project,
      roles: this.rolesOf(user, project),
      issuedAt,
      expiresAt: new Date(issuedAt.getTime() + this.#tokenLifetimeMs),
    };
    this.#tokens.set(token.value, token);
    return token;
  }

  /** Undefined when there is none or it has expired. */
  findToken(value: string): IssuedToken | undefined {
    const token = this.#tokens.get(value);
    return token !== undefined && token.expiresAt.getTime() > this.#clock.now() ? token : undefined;
  }

  revokeToken(value: string): void {
    this.#tokens.delete(value);
  }

  revokeAllTokens(): void {
    this.#tokens.clear();
  }
}
