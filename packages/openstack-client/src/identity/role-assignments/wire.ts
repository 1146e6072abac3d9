import type { WireReader } from '../../wire/reader.ts';
import type { RoleAssignment, RoleScope } from './model.ts';

export function parseRoleAssignment(assignment: WireReader): RoleAssignment {
  const role = assignment.object('role');
  const user = assignment.optionalObject('user');
  return {
    roleId: role.string('id'),
    roleName: role.optionalString('name'),
    userId: user?.string('id'),
    userName: user?.optionalString('name'),
    groupId: assignment.optionalObject('group')?.string('id'),
    scope: parseScope(assignment.object('scope')),
    raw: assignment.raw,
  };
}

function parseScope(scope: WireReader): RoleScope | undefined {
  if (scope.has('project')) return { kind: 'project', projectId: scope.object('project').string('id') };
  if (scope.has('domain')) return { kind: 'domain', domainId: scope.object('domain').string('id') };
  return scope.has('system') ? { kind: 'system' } : undefined;
}
