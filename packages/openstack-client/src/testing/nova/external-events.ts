import { isRecord, type WireRecord } from '../../wire/record.ts';
import { badRequest, forbidden, notFound } from '../http/fault.ts';
import type { RouteTable } from '../http/routes.ts';
import { isAdmin } from '../keystone/model.ts';
import type { NovaDatabase } from './database.ts';

/** What other services tell Nova: `POST /os-server-external-events`. Only `volume-extended` is acted on. */
export function externalEventRoutes(
  database: NovaDatabase,
  volumeExtended: (serverId: string, volumeId: string) => boolean,
): RouteTable {
  return {
    'POST /v2.1/os-server-external-events': (request) => {
      if (!isAdmin(request.token) && request.token?.roles.includes('service') !== true) {
        throw forbidden("Policy doesn't allow os_compute_api:os-server-external-events:create to be performed.");
      }
      const events: unknown = isRecord(request.body) ? request.body['events'] : undefined;
      if (!Array.isArray(events) || events.length === 0) throw badRequest("'events' is a required property");
      const results = events.filter(isRecord).map((event): WireRecord => {
        const serverId = String(event['server_uuid']);
        if (database.server(serverId) === undefined) return { ...event, status: 'failed', code: 404 };
        if (event['name'] === 'volume-extended') volumeExtended(serverId, String(event['tag']));
        return { ...event, status: 'completed', code: 200 };
      });
      const failed = results.filter(({ code }) => code !== 200).length;
      if (failed === results.length) throw notFound('No instances found for any event');
      return { status: failed > 0 ? 207 : 200, body: { events: results } };
    },
  };
}
