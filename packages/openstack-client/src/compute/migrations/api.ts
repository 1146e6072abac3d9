import type { ListOptions, SinceOptions } from '../../call-options.ts';
import type { Listing } from '../../service/listing.ts';
import { microversionOf } from '../../service/microversion.ts';
import { listAll } from '../../service/pages.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { WireReader } from '../../wire/reader.ts';
import type { Migration, MigrationFilter, MigrationMicroversion, MigrationsByMicroversion } from './model.ts';
import { MIGRATION_PARSERS } from './wire.ts';

/** From here on migrations have a UUID and lists have pages. */
const BASE = '2.59';

/** Migrations of all kinds, also those that are over. Only admins may. */
export class MigrationsApi {
  readonly #service: ServiceClient;

  constructor(service: ServiceClient) {
    this.#service = service;
  }

  /** @see https://docs.openstack.org/api-ref/compute/#list-migrations */
  list(filter?: MigrationFilter, options?: ListOptions): Listing<Migration>;
  list<M extends MigrationMicroversion>(
    filter: MigrationFilter,
    options: ListOptions & SinceOptions<M>,
  ): Listing<MigrationsByMicroversion[M]>;
  list(
    filter: MigrationFilter = {},
    { since, ...options }: ListOptions & Partial<SinceOptions<MigrationMicroversion>> = {},
  ): Listing<Migration> {
    const query = {
      instance_uuid: filter.serverId,
      host: filter.host,
      status: filter.status,
      source_compute: filter.sourceCompute,
      migration_type: filter.type,
    };
    const parse: (item: WireReader) => Migration = MIGRATION_PARSERS[since ?? BASE];
    const request = { method: 'GET', path: ['os-migrations'], query, ...microversionOf(BASE, since) } as const;
    return listAll(this.#service, request, 'migrations', parse, options);
  }
}
