import type { WireReader } from '../../wire/reader.ts';
import type { ApplicationCredential, ApplicationCredentialCreate } from './model.ts';

export function parseApplicationCredential(credential: WireReader): ApplicationCredential {
  const { secret: _, ...raw } = credential.raw;
  return {
    id: credential.string('id'),
    name: credential.string('name'),
    projectId: credential.optionalString('project_id'),
    description: credential.optionalString('description'),
    roles: credential.listOrEmpty('roles', (role) => role.string('name')),
    unrestricted: credential.booleanOr('unrestricted', false),
    expiresAt: credential.optionalDate('expires_at'),
    raw,
  };
}

export function writeApplicationCredential(credential: ApplicationCredentialCreate): object {
  const { name, secret, description, roles, expiresAt, unrestricted } = credential;
  return {
    ...{ name, secret, description, unrestricted },
    roles: roles?.map((role) => ({ name: role })),
    // Keystone wants no zone: it is UTC.
    expires_at: expiresAt?.toISOString().replace('Z', ''),
  };
}
