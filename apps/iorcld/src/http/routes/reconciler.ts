import { apiRoutes } from '@iorcl/api';
import type { FastifyInstance } from 'fastify';
import { registerRoute } from '../register-route.ts';
import type { ServerOptions } from '../server.ts';

/** `/v1/findings` and `/v1/reconcile`. */
export function reconcilerRoutes(server: FastifyInstance, options: ServerOptions): void {
  const { reconciler } = options;
  registerRoute(server, options, apiRoutes.showFindings, () => ({ report: reconciler.lastReport ?? null }));
  registerRoute(server, options, apiRoutes.reconcile, async ({ body, requestId }) => ({
    report: await reconciler.run({
      dryRun: body.dryRun ?? false,
      force: body.force ?? false,
      only: body.only,
      requestId,
    }),
  }));
}
