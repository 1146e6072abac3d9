import { type Attachment, type AttachmentQuery, type AttachmentsPage, apiRoutes } from '@iorcl/api';
import type { FastifyInstance } from 'fastify';
import { registerRoute } from '../register-route.ts';
import type { ServerOptions } from '../server.ts';

/** `/v1/attachments`. */
export function attachmentRoutes(server: FastifyInstance, options: ServerOptions): void {
  const { attachments } = options;
  registerRoute(server, options, apiRoutes.createAttachment, ({ body, requestId, reply }) => {
    const caller = new AbortController();
    reply.raw.once('close', () => caller.abort());
    return attachments.create(body, { requestId, caller: caller.signal });
  });
  registerRoute(server, options, apiRoutes.listAttachments, ({ query }) => page(attachments.list(), query));
  registerRoute(server, options, apiRoutes.showAttachment, ({ params }) => ({
    attachment: attachments.show(params.id),
  }));
  registerRoute(server, options, apiRoutes.deleteAttachment, async ({ params, requestId }) => {
    await attachments.remove(params.id, { requestId });
    return undefined;
  });
  registerRoute(server, options, apiRoutes.repairAttachment, async ({ params, requestId }) => ({
    attachment: await attachments.repair(params.id, { requestId }),
  }));
  registerRoute(server, options, apiRoutes.listGrants, ({ params }) => ({ grants: attachments.grants(params.id) }));
  registerRoute(server, options, apiRoutes.setQos, async ({ params, body, requestId }) => ({
    attachment: await attachments.setQos(params.id, body.limits ?? undefined, { requestId }),
  }));
  registerRoute(server, options, apiRoutes.resizeAttachment, ({ params, body, requestId }) =>
    attachments.resize(params.id, body.sizeBytes, { requestId }),
  );
}

/** In the order of ids, so that a page begins at the right place also when its marker has been deleted meanwhile. */
function page(all: readonly Attachment[], query: AttachmentQuery): AttachmentsPage {
  const { limit, marker, ...filter } = query;
  const { instanceId, volumeId, computeHost, status, networkId } = filter;
  const fit = all
    .filter(
      (one) =>
        (marker === undefined || one.id > marker) &&
        (instanceId === undefined || one.instanceId === instanceId) &&
        (volumeId === undefined || one.volumeId === volumeId) &&
        (computeHost === undefined || one.computeHost === computeHost) &&
        (status === undefined || one.status === status) &&
        (networkId === undefined || one.network.networkId === networkId),
    )
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const attachments = fit.slice(0, limit);
  const last = attachments.at(-1);
  if (fit.length <= limit || last === undefined) return { attachments };
  const given = Object.entries(filter).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const next = new URLSearchParams([...given, ['limit', String(limit)], ['marker', last.id]]);
  return { attachments, next: `${apiRoutes.listAttachments.path}?${next}` };
}
