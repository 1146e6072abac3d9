import type { CallOptions } from '../../call-options.ts';
import type { Listing } from '../../service/listing.ts';
import { listAll } from '../../service/pages.ts';
import type { ServiceClient } from '../../service/service-client.ts';
import type { ServerMigration } from './model.ts';
import { parseServerMigration } from './wire.ts';

/** From here on a queued migration can be aborted, too (2.65), and all are shown with UUIDs (2.59). */
const MICROVERSION = '2.65';

/** Live migrations of a server that are under way. Only admins may. */
export class ServerMigrationsApi {
  readonly #service: ServiceClient;

  constructor(service: ServiceClient) {
    this.#service = service;
  }

  list(serverId: string, options?: CallOptions): Listing<ServerMigration> {
    const request = { method: 'GET', path: ['servers', serverId, 'migrations'], microversion: MICROVERSION } as const;
    return listAll(this.#service, request, 'migrations', parseServerMigration, options);
  }

  /** The server stays where it was. */
  abort(serverId: string, migrationId: number, options?: CallOptions): Promise<void> {
    const path = ['servers', serverId, 'migrations', String(migrationId)];
    return this.#service.command({ method: 'DELETE', path, microversion: MICROVERSION }, options);
  }

  /** Pauses the guest if it has to. */
  forceComplete(serverId: string, migrationId: number, options?: CallOptions): Promise<void> {
    const path = ['servers', serverId, 'migrations', String(migrationId), 'action'];
    const body = { force_complete: null };
    return this.#service.command({ method: 'POST', path, body, microversion: MICROVERSION }, options);
  }
}
