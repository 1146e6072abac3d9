import type { WireReader } from '../../wire/reader.ts';
import type { BlockStorageServiceEntry } from './model.ts';

export function parseBlockStorageService(service: WireReader): BlockStorageServiceEntry {
  return {
    binary: service.string('binary'),
    host: service.string('host'),
    zone: service.optionalString('zone'),
    status: service.string('status'),
    disabledReason: service.optionalString('disabled_reason'),
    state: service.string('state'),
    updatedAt: service.optionalDate('updated_at'),
    raw: service.raw,
  };
}
