import type { WireReader } from '../../wire/reader.ts';
import type { User, UserCreate } from './model.ts';

export function parseUser(user: WireReader): User {
  return {
    id: user.string('id'),
    name: user.string('name'),
    domainId: user.optionalString('domain_id'),
    defaultProjectId: user.optionalString('default_project_id'),
    email: user.optionalString('email'),
    description: user.optionalString('description'),
    enabled: user.booleanOr('enabled', true),
    passwordExpiresAt: user.optionalDate('password_expires_at'),
    raw: user.raw,
  };
}

export function writeUser(user: Partial<UserCreate>): object {
  const { name, password, email, description, enabled, domainId, defaultProjectId } = user;
  const ids = { domain_id: domainId, default_project_id: defaultProjectId };
  return { name, password, email, description, enabled, ...ids };
}
