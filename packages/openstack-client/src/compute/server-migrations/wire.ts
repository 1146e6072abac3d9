import type { WireReader } from '../../wire/reader.ts';
import type { ServerMigration } from './model.ts';

export function parseServerMigration(migration: WireReader): ServerMigration {
  return {
    id: migration.integer('id'),
    serverId: migration.string('server_uuid'),
    status: migration.string('status'),
    sourceCompute: migration.optionalString('source_compute'),
    destinationCompute: migration.optionalString('dest_compute'),
    memoryTotalBytes: migration.optionalInteger('memory_total_bytes'),
    memoryRemainingBytes: migration.optionalInteger('memory_remaining_bytes'),
    diskTotalBytes: migration.optionalInteger('disk_total_bytes'),
    diskRemainingBytes: migration.optionalInteger('disk_remaining_bytes'),
    raw: migration.raw,
  };
}
