import type { ServerResponse } from 'node:http';
import { type ApiEvent, apiRoutes } from '@iorcl/api';
import type { FastifyInstance } from 'fastify';
import { HttpError } from '../http-error.ts';
import { routerPath } from '../register-route.ts';
import { requireRight } from '../require-right.ts';
import type { ServerOptions } from '../server.ts';

const HEARTBEAT_MS = 15_000;
const MOST_FOLLOWERS = 100;

/** Whoever lets so much wait is cut off, and may go on from the last event it has read. */
const MOST_WAITING_BYTES = 1024 * 1024;

/** `/v1/events`: server-sent events. */
export function eventRoutes(server: FastifyInstance, options: ServerOptions): void {
  const { authentication, events, heartbeatMs = HEARTBEAT_MS } = options;
  const open = new Set<ServerResponse>();
  server.addHook('preClose', async () => {
    for (const response of open) response.end();
  });
  server.get(
    routerPath(apiRoutes.followEvents),
    { onRequest: requireRight(authentication, 'look') },
    (request, reply) => {
      if (events.followers >= MOST_FOLLOWERS) {
        throw new HttpError('rate_limited', `${MOST_FOLLOWERS} clients follow the events already; try again later.`);
      }
      const { raw } = reply.hijack();
      const lastId = request.headers['last-event-id'];
      raw.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-openstack-request-id': request.id,
      });
      const write = (text: string): void => {
        // Between its end and its close nothing may be written any more: that would be an error that nobody hears.
        if (raw.writableEnded || raw.destroyed) return;
        raw.write(text);
        if (raw.writableLength > MOST_WAITING_BYTES) raw.destroy();
      };
      if (typeof lastId === 'string') {
        const missed = events.since(lastId);
        if (missed.lost) write(message({ id: events.lastId, at: new Date().toISOString(), type: 'resync' }));
        for (const event of missed.events) write(message(event));
      } else {
        // So that it can go on from here even if nothing happens before the connection is lost.
        write(`id: ${events.lastId}\n\n`);
      }
      const unfollow = events.follow((event) => write(message(event)));
      const heart = setInterval(() => write(': still here\n\n'), heartbeatMs);
      open.add(raw);
      raw.once('close', () => {
        clearInterval(heart);
        unfollow();
        open.delete(raw);
      });
    },
  );
}

function message(event: ApiEvent): string {
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
