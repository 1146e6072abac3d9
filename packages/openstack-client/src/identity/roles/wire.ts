import type { WireReader } from '../../wire/reader.ts';
import type { Role } from './model.ts';

export function parseRole(role: WireReader): Role {
  return {
    id: role.string('id'),
    name: role.string('name'),
    domainId: role.optionalString('domain_id'),
    description: role.optionalString('description'),
    raw: role.raw,
  };
}
