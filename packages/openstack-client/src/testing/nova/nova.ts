import type { FakeRequest } from '../http/exchange.ts';
import type { FakeServiceDefinition } from '../http/fake-service.ts';
import type { NeutronDatabase } from '../neutron/database.ts';
import type { ComputeBackend } from './compute.ts';
import type { NovaDatabase } from './database.ts';
import { externalEventRoutes } from './external-events.ts';
import { flavorRoutes } from './flavors.ts';
import { hypervisorRoutes } from './hypervisors.ts';
import { keypairRoutes } from './keypairs.ts';
import { migrationRoutes } from './migrations.ts';
import { serverActionRoutes } from './server-actions.ts';
import { serverRoutes, serverWriter } from './servers.ts';
import { computeServiceRoutes } from './services.ts';
import { volumeAttachmentRoutes } from './volume-attachments.ts';

/** What Nova asks about volumes. */
export interface NovaVolumes {
  extended(serverId: string, volumeId: string): boolean;
  isMultiattach(volumeId: string): boolean;
}

/** Nova v2.1, microversions 2.1 to 2.93: servers and what is done with them, their volumes, flavors, keypairs, services, version discovery. */
export function nova(
  database: NovaDatabase,
  neutron: NeutronDatabase,
  computes: () => readonly ComputeBackend[],
  volumes: NovaVolumes,
): FakeServiceDefinition {
  const write = serverWriter(database, neutron);
  return {
    name: 'compute',
    microversions: { word: 'compute', major: 2, min: 1, max: 93 },
    isPublic: (_, path) => path === '/' || path === '/v2.1' || path === '/v2.1/',
    faultBody: ({ kind, status, message }) => ({ [kind]: { code: status, message } }),
    routes: {
      'GET /': (request) => ({ status: 200, body: { versions: [version(request)] } }),
      'GET /v2.1': (request) => ({ status: 200, body: { version: version(request) } }),
      ...serverRoutes(database, computes, neutron, write),
      ...serverActionRoutes(database, computes, write),
      ...migrationRoutes(database),
      ...computeServiceRoutes(database),
      ...hypervisorRoutes(database),
      ...keypairRoutes(database),
      ...externalEventRoutes(database, volumes.extended),
      ...volumeAttachmentRoutes(database, computes, volumes.isMultiattach),
      ...flavorRoutes(database),
    },
  };
}

function version(request: FakeRequest): Readonly<Record<string, unknown>> {
  return {
    id: 'v2.1',
    status: 'CURRENT',
    version: '2.93',
    min_version: '2.1',
    updated: '2013-07-23T11:33:21Z',
    links: [{ rel: 'self', href: `${request.origin}/v2.1/` }],
  };
}
