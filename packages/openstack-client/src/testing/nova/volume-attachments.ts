import type { FakeRequest } from '../http/exchange.ts';
import { badRequest, conflict, notFound } from '../http/fault.ts';
import type { RouteTable } from '../http/routes.ts';
import { bodyObject, requiredText } from '../http/wire-body.ts';
import type { ComputeBackend } from './compute.ts';
import type { NovaDatabase } from './database.ts';
import type { BlockDevice, FakeServer } from './model.ts';
import { userContext, visibleServer } from './servers.ts';
import { writeBlockDevice } from './wire.ts';

/** `/servers/ID/os-volume_attachments`: what a user attaches and detaches with. */
export function volumeAttachmentRoutes(
  database: NovaDatabase,
  computes: () => readonly ComputeBackend[],
  isMultiattach: (volumeId: string) => boolean,
): RouteTable {
  const computeOf = (server: FakeServer): ComputeBackend => {
    const compute = computes().find(({ host }) => host === server.host);
    if (compute === undefined) throw conflict(`Host ${server.host ?? '(none)'} of the server runs no compute service.`);
    return compute;
  };
  const existing = (request: FakeRequest, serverId: string, volumeId: string): [FakeServer, BlockDevice] => {
    const server = visibleServer(database, request, serverId);
    const device = database.blockDevice(serverId, volumeId);
    if (device === undefined) throw notFound(`Instance ${serverId} is not attached to volume ${volumeId}`);
    return [server, device];
  };
  return {
    'GET /v2.1/servers/:server/os-volume_attachments': (request, parameter) => {
      const { id, blockDevices } = visibleServer(database, request, parameter('server'));
      const volumeAttachments = blockDevices.map((device) => writeBlockDevice(request, id, device));
      return { status: 200, body: { volumeAttachments } };
    },
    'GET /v2.1/servers/:server/os-volume_attachments/:volume': (request, parameter) => {
      const [server, device] = existing(request, parameter('server'), parameter('volume'));
      return { status: 200, body: { volumeAttachment: writeBlockDevice(request, server.id, device) } };
    },
    'POST /v2.1/servers/:server/os-volume_attachments': async (request, parameter) => {
      const server = visibleServer(database, request, parameter('server'));
      const volumeId = requiredText(bodyObject(request.body, 'volumeAttachment'), 'volumeId');
      if (request.minor < 60 && isMultiattach(volumeId)) {
        throw badRequest('Multiattach volumes are only supported starting with compute API version 2.60.');
      }
      const { device } = await computeOf(server).beginAttach(server, volumeId, userContext(request));
      const body = { volumeAttachment: { id: volumeId, serverId: server.id, volumeId, device } };
      return { status: 200, body };
    },
    'DELETE /v2.1/servers/:server/os-volume_attachments/:volume': async (request, parameter) => {
      const [server, device] = existing(request, parameter('server'), parameter('volume'));
      await computeOf(server).beginDetach(server, device.volumeId, userContext(request));
      return { status: 202 };
    },
  };
}
