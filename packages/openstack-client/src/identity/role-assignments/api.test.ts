import { it } from 'vitest';
import { expectCall, type RecordedCall } from '../../../test/recorded-call.ts';

const role = { id: 'r', name: 'member', domain_id: null };

const CALLS: Readonly<Record<string, RecordedCall>> = {
  'role assignment list': {
    call: ({ identity }) => identity.roleAssignments.list({ userId: 'u', effective: true, includeNames: true }),
    request: 'GET identity/role_assignments?user.id=u&effective=true&include_names=true',
    answer: {
      role_assignments: [
        { role, user: { id: 'u', name: 'ann' }, scope: { project: { id: 'p' } } },
        { role, group: { id: 'g' }, scope: { domain: { id: 'd' } } },
        { role, user: { id: 'u' }, scope: { system: { all: true } } },
        { role, user: { id: 'u' }, scope: { moon: {} } },
      ],
    },
    gives: [
      { roleName: 'member', userName: 'ann', scope: { kind: 'project', projectId: 'p' } },
      { groupId: 'g', userId: undefined, scope: { kind: 'domain', domainId: 'd' } },
      { scope: { kind: 'system' } },
      { scope: undefined },
    ],
  },
  'role grant on a project': {
    call: ({ identity }) =>
      identity.roleAssignments.grant({ roleId: 'r', userId: 'u', scope: { kind: 'project', projectId: 'p' } }),
    request: 'PUT identity/projects/p/users/u/roles/r',
  },
  'role grant on a domain': {
    call: ({ identity }) =>
      identity.roleAssignments.grant({ roleId: 'r', userId: 'u', scope: { kind: 'domain', domainId: 'd' } }),
    request: 'PUT identity/domains/d/users/u/roles/r',
  },
  'role revoke on the system': {
    call: ({ identity }) => identity.roleAssignments.revoke({ roleId: 'r', userId: 'u', scope: { kind: 'system' } }),
    request: 'DELETE identity/system/users/u/roles/r',
  },
};

it.each(Object.entries(CALLS))('%s is the call of the Identity API', (_, call) => expectCall(call));
