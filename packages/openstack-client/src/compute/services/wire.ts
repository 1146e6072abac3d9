import type { WireReader } from '../../wire/reader.ts';
import type { ComputeServiceEntry } from './model.ts';

export function parseComputeService(service: WireReader): ComputeServiceEntry {
  return {
    id: service.string('id'),
    binary: service.string('binary'),
    host: service.string('host'),
    zone: service.string('zone'),
    status: service.string('status'),
    disabledReason: service.optionalString('disabled_reason'),
    state: service.string('state'),
    forcedDown: service.booleanOr('forced_down', false),
    updatedAt: service.optionalDate('updated_at'),
    raw: service.raw,
  };
}
