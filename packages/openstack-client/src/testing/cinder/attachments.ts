import { isRecord, type WireRecord } from '../../wire/record.ts';
import type { FakeRequest } from '../http/exchange.ts';
import { badRequest, notFound } from '../http/fault.ts';
import { pageWithoutLinks } from '../http/paging.ts';
import type { Handler, RouteTable } from '../http/routes.ts';
import { bodyObject } from '../http/wire-body.ts';
import { isAdmin } from '../keystone/model.ts';
import type { AttachmentRules } from './attachment-rules.ts';
import type { CinderDatabase } from './database.ts';
import type { FakeAttachment, FakeVolume } from './model.ts';
import { writeAttachment, writeAttachmentSummary } from './wire.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** `/attachments`, there from microversion 3.27 on (`os-complete`: 3.44); before that they don't exist (404). */
export function attachmentRoutes(
  database: CinderDatabase,
  rules: AttachmentRules,
  visibleVolume: (request: FakeRequest, id: string) => FakeVolume,
): RouteTable {
  const visible = (request: FakeRequest, id: string): FakeAttachment => {
    const attachment = database.attachment(id);
    if (attachment === undefined || !(isAdmin(request.token) || attachment.projectId === request.token?.project.id)) {
      throw notFound(`Volume attachment could not be found with filter: attachment_id = ${id}.`);
    }
    return attachment;
  };
  const list = (request: FakeRequest): FakeAttachment[] => {
    const everything = isAdmin(request.token) && request.query.has('all_tenants');
    return database
      .attachments()
      .filter((attachment) => everything || attachment.projectId === request.token?.project.id)
      .filter(({ volumeId }) => fits(request, 'volume_id', volumeId))
      .filter(({ instanceId }) => fits(request, 'instance_id', instanceId))
      .filter(({ status }) => fits(request, 'attach_status', status) && !request.query.has('status'));
  };
  return {
    'GET /attachments': since(27, (request) => ({
      status: 200,
      body: pageWithoutLinks(request, 'attachments', list(request), writeAttachmentSummary),
    })),
    'GET /attachments/detail': since(27, (request) => ({
      status: 200,
      body: pageWithoutLinks(request, 'attachments', list(request), writeAttachment),
    })),
    'POST /attachments': since(27, (request) => {
      const body = bodyObject(request.body, 'attachment');
      const volume = visibleVolume(request, uuid(body, 'volume_uuid'));
      const instanceId = body['instance_uuid'] === undefined ? undefined : uuid(body, 'instance_uuid');
      const connector = body['connector'] ?? undefined;
      if (connector !== undefined && !isRecord(connector)) {
        throw badRequest(`Invalid input for field/attribute connector. Value is not of type 'object', 'null'`);
      }
      // An empty connector is none: only its truth is asked for.
      const given = connector !== undefined && Object.keys(connector).length > 0 ? connector : undefined;
      return { status: 200, body: { attachment: writeAttachment(rules.create(volume, instanceId, given)) } };
    }),
    'GET /attachments/:id': since(27, (request, parameter) => ({
      status: 200,
      body: { attachment: writeAttachment(visible(request, parameter('id'))) },
    })),
    'PUT /attachments/:id': since(27, (request, parameter) => {
      const connector = bodyObject(request.body, 'attachment')['connector'];
      if (!isRecord(connector) || Object.keys(connector).length === 0) {
        throw badRequest(`Invalid input for field/attribute connector. It does not have enough properties`);
      }
      const attachment = rules.update(visible(request, parameter('id')), connector);
      return { status: 200, body: { attachment: writeAttachment(attachment) } };
    }),
    'DELETE /attachments/:id': since(27, (request, parameter) => {
      const rest = rules.delete(visible(request, parameter('id')), isServiceRequest(request));
      return { status: 200, body: { attachments: rest.map(writeAttachmentSummary) } };
    }),
    'POST /attachments/:id/action': since(44, (request, parameter) => {
      if (!isRecord(request.body) || !('os-complete' in request.body)) throw badRequest('There is no such action');
      rules.complete(visible(request, parameter('id')));
      return { status: 204 };
    }),
  };
}

/** Whether a service speaks for the user: a valid X-Service-Token of somebody with role `service`. */
export function isServiceRequest(request: FakeRequest): boolean {
  return request.serviceToken?.roles.includes('service') ?? false;
}

function since(minor: number, handler: Handler): Handler {
  return (request, parameter) => {
    if (request.minor < minor) throw notFound('The resource could not be found.');
    return handler(request, parameter);
  };
}

function uuid(body: WireRecord, key: string): string {
  const value = body[key];
  if (typeof value === 'string' && UUID.test(value)) return value;
  throw badRequest(
    `Invalid input for field/attribute ${key}. Value: ${String(value)}. '${String(value)}' is not a 'uuid'`,
  );
}

function fits(request: FakeRequest, name: string, value: string | undefined): boolean {
  const wanted = request.query.get(name);
  return wanted === null || wanted === value;
}
