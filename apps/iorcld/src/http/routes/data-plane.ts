import { type Attachment, apiRoutes, type Network } from '@iorcl/api';
import type { FastifyInstance } from 'fastify';
import { registerRoute } from '../register-route.ts';
import type { ServerOptions } from '../server.ts';

/** `/v1/networks` and `/v1/drivers`: what this host exports into, and with what. */
export function dataPlaneRoutes(server: FastifyInstance, options: ServerOptions): void {
  registerRoute(server, options, apiRoutes.listNetworks, () => ({ networks: networksOf(options.attachments.list()) }));
  registerRoute(server, options, apiRoutes.listDrivers, () => ({ drivers: [options.driver] }));
}

function networksOf(attachments: readonly Attachment[]): readonly Network[] {
  const byNetwork = Map.groupBy(attachments, ({ network }) => network.networkId);
  return [...byNetwork.values()].flatMap((of) => {
    const [first] = of;
    if (first === undefined) return [];
    return [{ ...first.network, attachments: of.length, instances: new Set(of.map((one) => one.instanceId)).size }];
  });
}
