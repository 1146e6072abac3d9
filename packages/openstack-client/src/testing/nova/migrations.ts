import type { WireRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import { notFound } from '../http/fault.ts';
import { pageOf } from '../http/paging.ts';
import type { RouteTable } from '../http/routes.ts';
import type { NovaDatabase } from './database.ts';
import type { FakeMigration } from './model.ts';
import { requireAdmin } from './policy.ts';
import { visibleServer } from './servers.ts';
import { novaTime } from './wire.ts';

/** `/os-migrations` and the migrations of a server. Those of a server are the ones under way: none is, they take no time. */
export function migrationRoutes(database: NovaDatabase): RouteTable {
  return {
    'GET /v2.1/os-migrations': (request) => {
      requireAdmin(request, 'os_compute_api:os-migrations:index');
      const fits = (name: string, value: string): boolean =>
        !request.query.has(name) || request.query.get(name) === value;
      const found = database.migrations
        .toReversed()
        .filter(
          ({ serverId, status, source, destination, type }) =>
            fits('instance_uuid', serverId) &&
            fits('status', status) &&
            fits('source_compute', source) &&
            fits('migration_type', type) &&
            (fits('host', source) || fits('host', destination)),
        );
      // The marker is the migration's uuid.
      const rows = found.map((migration) => ({ id: migration.uuid, migration }));
      return { status: 200, body: pageOf(request, 'migrations', rows, ({ migration }) => write(request, migration)) };
    },
    'GET /v2.1/servers/:id/migrations': (request, parameter) => {
      requireAdmin(request, 'os_compute_api:servers:migrations:index');
      visibleServer(database, request, parameter('id'));
      return { status: 200, body: { migrations: [] } };
    },
    'DELETE /v2.1/servers/:id/migrations/:migration': (request, parameter) => {
      requireAdmin(request, 'os_compute_api:servers:migrations:delete');
      const { id } = visibleServer(database, request, parameter('id'));
      throw notFound(`Migration ${parameter('migration')} could not be found for instance ${id}.`);
    },
  };
}

function write(request: FakeRequest, migration: FakeMigration): WireRecord {
  const time = novaTime(migration.createdAt).replace('Z', '.000000');
  return {
    id: migration.id,
    ...(request.minor >= 59 ? { uuid: migration.uuid } : {}),
    source_node: migration.source,
    dest_node: migration.destination === '' ? null : migration.destination,
    source_compute: migration.source,
    dest_compute: migration.destination === '' ? null : migration.destination,
    dest_host: null,
    status: migration.status,
    instance_uuid: migration.serverId,
    old_instance_type_id: 1,
    new_instance_type_id: 1,
    ...(request.minor >= 23 ? { migration_type: migration.type } : {}),
    ...(request.minor >= 80 ? { user_id: migration.userId, project_id: migration.projectId } : {}),
    created_at: time,
    updated_at: time,
  };
}
