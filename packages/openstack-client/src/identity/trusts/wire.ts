import type { WireReader } from '../../wire/reader.ts';
import type { Trust, TrustCreate } from './model.ts';

export function parseTrust(trust: WireReader): Trust {
  return {
    id: trust.string('id'),
    trustorUserId: trust.string('trustor_user_id'),
    trusteeUserId: trust.string('trustee_user_id'),
    projectId: trust.optionalString('project_id'),
    impersonation: trust.boolean('impersonation'),
    roles: trust.listOrEmpty('roles', (role) => role.string('name')),
    expiresAt: trust.optionalDate('expires_at'),
    raw: trust.raw,
  };
}

export function writeTrust(trust: TrustCreate): object {
  return {
    trustor_user_id: trust.trustorUserId,
    trustee_user_id: trust.trusteeUserId,
    project_id: trust.projectId,
    roles: trust.roles.map((name) => ({ name })),
    impersonation: trust.impersonation ?? true,
    expires_at: trust.expiresAt?.toISOString(),
  };
}
