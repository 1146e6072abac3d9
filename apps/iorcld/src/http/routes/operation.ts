import { apiRoutes, openApiDocument } from '@iorcl/api';
import type { FastifyInstance } from 'fastify';
import { registerRoute, routerPath } from '../register-route.ts';
import { requireRight } from '../require-right.ts';
import type { ServerOptions } from '../server.ts';

/** What supervisors ask for: `/healthcheck`, `/metrics`, `/openapi.json`. */
export function operationRoutes(server: FastifyInstance, options: ServerOptions): void {
  const { health, metrics, authentication, metricsAllowed, version } = options;
  server.get(routerPath(apiRoutes.showHealth), { exposeHeadRoute: true }, async (_request, reply) => {
    const reasons = health.reasons();
    reply.type('text/plain; charset=utf-8');
    return reply.status(reasons.length === 0 ? 200 : 503).send(`${reasons.length === 0 ? 'OK' : reasons.join('\n')}\n`);
  });
  const withToken = requireRight(authentication, 'look');
  server.get(
    routerPath(apiRoutes.showMetrics),
    {
      onRequest: async function (request, reply) {
        if (!metricsAllowed(request.raw)) await withToken.call(this, request, reply);
      },
    },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
  );
  // Made when it is first asked for: a start must not wait for it.
  let document: ReturnType<typeof openApiDocument> | undefined;
  registerRoute(server, options, apiRoutes.showOpenApi, () => {
    document ??= openApiDocument(version);
    return document;
  });
}
