import type { FastifyInstance } from 'fastify';
import type { ServerOptions } from '../server.ts';

/** `/healthcheck`, for anybody: 200 `OK`, or 503 and a reason per line. */
export function healthcheckRoute(server: FastifyInstance, { health }: ServerOptions): void {
  server.get('/healthcheck', async (_request, reply) => {
    const reasons = health.reasons();
    reply.type('text/plain; charset=utf-8');
    return reply.status(reasons.length === 0 ? 200 : 503).send(`${reasons.length === 0 ? 'OK' : reasons.join('\n')}\n`);
  });
}
