import type { WireReader } from '../../wire/reader.ts';
import type { IdentityServiceEntry } from './model.ts';

export function parseServiceEntry(service: WireReader): IdentityServiceEntry {
  return {
    id: service.string('id'),
    type: service.string('type'),
    name: service.optionalString('name'),
    description: service.optionalString('description'),
    enabled: service.booleanOr('enabled', true),
    raw: service.raw,
  };
}
