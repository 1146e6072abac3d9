import type { WireRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import { Fault } from '../http/fault.ts';
import type { Handler, RouteTable } from '../http/routes.ts';
import type { KeystoneDirectory } from './directory.ts';
import type { FakeRoleAssignment, FakeScope } from './model.ts';
import { requireAdmin } from './policy.ts';
import { listBody } from './resource.ts';
import { DOMAIN } from './token-wire.ts';

/** `/role_assignments`, and the grants below projects, domains and the system. */
export function roleAssignmentRoutes(directory: KeystoneDirectory): RouteTable {
  const { projects, users, roles } = directory;
  const write = (request: FakeRequest, { userId, roleId, scope }: FakeRoleAssignment): WireRecord => {
    const names = request.query.has('include_names');
    const project = scope.kind === 'project' ? projects.get(scope.projectId) : undefined;
    return {
      links: { assignment: `${request.origin}/v3/${pathOf(scope)}/users/${userId}/roles/${roleId}` },
      scope:
        scope.kind === 'system'
          ? { system: { all: true } }
          : scope.kind === 'domain'
            ? { domain: names ? DOMAIN : { id: DOMAIN.id } }
            : { project: { id: scope.projectId, ...(names ? { name: project?.name, domain: DOMAIN } : {}) } },
      user: { id: userId, ...(names ? { name: users.get(userId)?.name, domain: DOMAIN } : {}) },
      role: { id: roleId, ...(names ? { name: roles.get(roleId)?.name } : {}) },
    };
  };
  const wanted = (request: FakeRequest, { userId, roleId, scope }: FakeRoleAssignment): boolean => {
    const projectId = scope.kind === 'project' ? scope.projectId : undefined;
    const domainId = scope.kind === 'domain' ? DOMAIN.id : undefined;
    const filters = {
      'user.id': userId,
      'role.id': roleId,
      'group.id': undefined,
      'scope.project.id': projectId,
      'scope.domain.id': domainId,
    };
    return Object.entries(filters).every(([name, value]) => {
      const filter = request.query.get(name);
      return filter === null || filter === value;
    });
  };
  const grants = (prefix: string, scopeOf: (parameter: (name: string) => string) => FakeScope): RouteTable => {
    const read = (parameter: (name: string) => string): FakeRoleAssignment => {
      const assignment = { scope: scopeOf(parameter), userId: parameter('user'), roleId: parameter('role') };
      if (users.get(assignment.userId) === undefined) throw missing('user', assignment.userId);
      if (roles.get(assignment.roleId) === undefined) throw missing('role', assignment.roleId);
      return assignment;
    };
    const has: Handler = (request, parameter) => {
      requireAdmin(request, 'check_grant');
      const wanted = read(parameter);
      if (!directory.has(wanted)) throw missing('role', wanted.roleId);
      return { status: 204 };
    };
    return {
      [`HEAD ${prefix}/users/:user/roles/:role`]: has,
      [`PUT ${prefix}/users/:user/roles/:role`]: (request, parameter) => {
        requireAdmin(request, 'create_grant');
        directory.grant(read(parameter));
        return { status: 204 };
      },
      [`DELETE ${prefix}/users/:user/roles/:role`]: (request, parameter) => {
        requireAdmin(request, 'revoke_grant');
        const assignment = read(parameter);
        if (directory.revoke(assignment)) return { status: 204 };
        const { scope, userId, roleId } = assignment;
        const where = scope.kind === 'project' ? scope.projectId : scope.kind === 'domain' ? DOMAIN.id : 'system';
        throw new Fault(
          404,
          'notFound',
          `Could not find role assignment with role: ${roleId}, user or group: ${userId}, project, domain, or system: ${where}.`,
        );
      },
    };
  };
  return {
    'GET /v3/role_assignments': (request) => {
      requireAdmin(request, 'list_role_assignments');
      const all = request.query.has('effective') ? directory.effectiveAssignments() : directory.assignments();
      const found = all.filter((each) => wanted(request, each));
      return {
        status: 200,
        body: listBody(
          request,
          'role_assignments',
          found.map((each) => write(request, each)),
        ),
      };
    },
    ...grants('/v3/projects/:project', (parameter) => {
      const projectId = parameter('project');
      if (projects.get(projectId) === undefined) throw missing('project', projectId);
      return { kind: 'project', projectId };
    }),
    ...grants('/v3/domains/:domain', () => ({ kind: 'domain' })),
    ...grants('/v3/system', () => ({ kind: 'system' })),
  };
}

function pathOf(scope: FakeScope): string {
  if (scope.kind === 'project') return `projects/${scope.projectId}`;
  return scope.kind === 'domain' ? `domains/${DOMAIN.id}` : 'system';
}

function missing(what: string, id: string): Fault {
  return new Fault(404, 'notFound', `Could not find ${what}: ${id}.`);
}
