import type { ParsersByMicroversion } from '../../service/microversion.ts';
import type { WireReader } from '../../wire/reader.ts';
import type { Migration, MigrationSince280, MigrationsByMicroversion } from './model.ts';

function parseMigration(migration: WireReader): Migration {
  return {
    id: migration.integer('id'),
    uuid: migration.string('uuid'),
    serverId: migration.string('instance_uuid'),
    type: migration.string('migration_type'),
    status: migration.string('status'),
    sourceCompute: migration.optionalString('source_compute'),
    destinationCompute: migration.optionalString('dest_compute'),
    createdAt: migration.optionalDate('created_at'),
    updatedAt: migration.optionalDate('updated_at'),
    raw: migration.raw,
  };
}

function parse280(migration: WireReader): MigrationSince280 {
  return {
    ...parseMigration(migration),
    userId: migration.optionalString('user_id'),
    projectId: migration.optionalString('project_id'),
  };
}

export const MIGRATION_PARSERS: ParsersByMicroversion<MigrationsByMicroversion> = {
  '2.59': parseMigration,
  '2.80': parse280,
};
