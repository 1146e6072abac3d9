import type { FastifyInstance } from 'fastify';
import { requireRight } from '../require-right.ts';
import type { ServerOptions } from '../server.ts';

/** `/v1/hosts`: the I/O hosts, with the columns of `openstack compute service list`. */
export function hostRoutes(server: FastifyInstance, { authentication, hosts }: ServerOptions): void {
  server.get('/v1/hosts', { onRequest: requireRight(authentication, 'look') }, async () => ({ hosts: hosts() }));
}
