import type { CallOptions, ListOptions } from '../../call-options.ts';
import type { Listing } from '../../service/listing.ts';
import { listAll } from '../../service/pages.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { RoleAssignment, RoleAssignmentFilter, RoleGrant } from './model.ts';
import { parseRoleAssignment } from './wire.ts';

/** Who has which role where. */
export class RoleAssignmentsApi {
  readonly #service: ServiceClient;

  constructor(service: ServiceClient) {
    this.#service = service;
  }

  /** @see https://docs.openstack.org/api-ref/identity/v3/#list-role-assignments */
  list(filter: RoleAssignmentFilter = {}, options?: ListOptions): Listing<RoleAssignment> {
    const query = {
      'user.id': filter.userId,
      'group.id': filter.groupId,
      'role.id': filter.roleId,
      'scope.project.id': filter.projectId,
      'scope.domain.id': filter.domainId,
      // Keystone takes the mere presence of these as yes.
      effective: filter.effective === true ? 'true' : undefined,
      include_names: filter.includeNames === true ? 'true' : undefined,
    };
    const request = { method: 'GET', path: ['role_assignments'], query } as const;
    return listAll(this.#service, request, 'role_assignments', parseRoleAssignment, options);
  }

  /** Once more changes nothing. @see https://docs.openstack.org/api-ref/identity/v3/#assign-role-to-user-on-project */
  grant(grant: RoleGrant, options?: CallOptions): Promise<void> {
    return this.#service.command({ method: 'PUT', path: pathOf(grant) }, options);
  }

  /** NotFoundError: the user doesn't have the role there. */
  revoke(grant: RoleGrant, options?: CallOptions): Promise<void> {
    return this.#service.command({ method: 'DELETE', path: pathOf(grant) }, options);
  }
}

function pathOf({ scope, userId, roleId }: RoleGrant): string[] {
  const below = ['users', userId, 'roles', roleId];
  switch (scope.kind) {
    case 'project':
      return ['projects', scope.projectId, ...below];
    case 'domain':
      return ['domains', scope.domainId, ...below];
    case 'system':
      return ['system', ...below];
  }
}
