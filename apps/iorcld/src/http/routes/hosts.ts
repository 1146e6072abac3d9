import { apiRoutes } from '@iorcl/api';
import type { FastifyInstance } from 'fastify';
import { registerRoute } from '../register-route.ts';
import type { ServerOptions } from '../server.ts';

/** `/v1/hosts`: the I/O hosts, with the columns of `openstack compute service list`. */
export function hostRoutes(server: FastifyInstance, options: ServerOptions): void {
  const { host } = options;
  registerRoute(server, options, apiRoutes.listHosts, () => ({ hosts: [host.view()] }));
  registerRoute(server, options, apiRoutes.updateHost, ({ params, body }) => ({
    host: host.update(params.host, body),
  }));
  registerRoute(server, options, apiRoutes.drainHost, ({ params, body }) => host.drain(params.host, body.reason));
}
