import * as z from 'zod';
import {
  type Attachment,
  type AttachmentQuery,
  attachmentQuerySchema,
  attachmentSchema,
  type CreateAttachmentRequest,
  type CreateAttachmentResponse,
  createAttachmentRequestSchema,
  createAttachmentResponseSchema,
  type Grant,
  grantSchema,
  type ResizeAttachmentRequest,
  type ResizeAttachmentResponse,
  resizeAttachmentRequestSchema,
  resizeAttachmentResponseSchema,
} from './attachment.ts';
import { type Driver, driverSchema } from './driver.ts';
import { type ApiEvent, apiEventSchema } from './event.ts';
import {
  type DrainHostAnswer,
  type DrainHostRequest,
  drainHostAnswerSchema,
  drainHostRequestSchema,
  type Host,
  hostSchema,
  type UpdateHostRequest,
  updateHostRequestSchema,
} from './host.ts';
import { type Network, networkSchema } from './network.ts';
import type { Page } from './page.ts';
import { type SetQosRequest, setQosRequestSchema } from './qos.ts';
import {
  type ReconcileReport,
  type ReconcileRequest,
  reconcileReportSchema,
  reconcileRequestSchema,
} from './reconcile.ts';
import type { Route } from './route.ts';

/** Nothing is taken; what is given all the same is refused. */
export type Nothing = Readonly<Record<never, never>>;
export type AttachmentParams = { readonly id: string };
export type HostParams = { readonly host: string };
export type AttachmentAnswer = { readonly attachment: Attachment };
export type AttachmentsPage = Page & { readonly attachments: readonly Attachment[] };

/** All of the API. */
export interface ApiRoutes {
  readonly createAttachment: Route<Nothing, Nothing, CreateAttachmentRequest, CreateAttachmentResponse>;
  readonly listAttachments: Route<Nothing, AttachmentQuery, undefined, AttachmentsPage>;
  readonly showAttachment: Route<AttachmentParams, Nothing, undefined, AttachmentAnswer>;
  readonly deleteAttachment: Route<AttachmentParams, Nothing, undefined, undefined>;
  readonly repairAttachment: Route<AttachmentParams, Nothing, undefined, AttachmentAnswer>;
  readonly listGrants: Route<AttachmentParams, Nothing, undefined, { readonly grants: readonly Grant[] }>;
  readonly setQos: Route<AttachmentParams, Nothing, SetQosRequest, AttachmentAnswer>;
  readonly resizeAttachment: Route<AttachmentParams, Nothing, ResizeAttachmentRequest, ResizeAttachmentResponse>;
  readonly listHosts: Route<Nothing, Nothing, undefined, { readonly hosts: readonly Host[] }>;
  readonly updateHost: Route<HostParams, Nothing, UpdateHostRequest, { readonly host: Host }>;
  readonly drainHost: Route<HostParams, Nothing, DrainHostRequest, DrainHostAnswer>;
  readonly listNetworks: Route<Nothing, Nothing, undefined, { readonly networks: readonly Network[] }>;
  readonly listDrivers: Route<Nothing, Nothing, undefined, { readonly drivers: readonly Driver[] }>;
  readonly showFindings: Route<Nothing, Nothing, undefined, { readonly report: ReconcileReport | null }>;
  readonly reconcile: Route<Nothing, Nothing, ReconcileRequest, { readonly report: ReconcileReport }>;
  readonly followEvents: Route<Nothing, Nothing, undefined, ApiEvent>;
  readonly showHealth: Route<Nothing, Nothing, undefined, string>;
  readonly showMetrics: Route<Nothing, Nothing, undefined, string>;
  readonly showOpenApi: Route<Nothing, Nothing, undefined, Readonly<Record<string, unknown>>>;
}

const nothing: z.ZodType<Nothing> = z.strictObject({});
const attachmentParams: z.ZodType<AttachmentParams> = z.object({ id: z.uuid() });
const hostParams: z.ZodType<HostParams> = z.object({ host: z.string().min(1).max(255) });
const attachmentAnswer: z.ZodType<AttachmentAnswer> = z.object({ attachment: attachmentSchema });

const plain = { params: nothing, query: nothing, body: z.undefined(), errors: [] } as const;
const ofAttachment = { ...plain, tag: 'attachments', params: attachmentParams } as const;
const ofHost = { ...plain, tag: 'hosts', params: hostParams } as const;

/** What a change of an attachment that there is may answer. */
const changeErrors = [
  'attachment_not_found',
  'attachment_conflict',
  'step_failed',
  'cloud_unavailable',
  'shutting_down',
] as const;

export const apiRoutes: ApiRoutes = {
  createAttachment: {
    ...{ ...plain, method: 'POST', path: '/v1/attachments', tag: 'attachments', right: 'change' },
    summary: 'create attachment',
    description:
      'Exports the volume of a Cinder attachment inside its instance’s network. The same request again has the same answer; only this answer holds the export’s key.',
    body: createAttachmentRequestSchema,
    answer: createAttachmentResponseSchema,
    errors: [
      ...['attachment_conflict', 'policy_refused', 'network_refused', 'volume_refused', 'step_failed'],
      ...['cleanup_failed', 'cloud_unavailable', 'host_disabled', 'shutting_down', 'body_too_large'],
    ] as const,
  },
  listAttachments: {
    ...{ ...plain, method: 'GET', path: '/v1/attachments', tag: 'attachments', right: 'look' },
    summary: 'list attachments',
    description: 'In the order of their ids, page by page.',
    query: attachmentQuerySchema,
    answer: z.object({ attachments: z.array(attachmentSchema), next: z.string().optional() }),
  },
  showAttachment: {
    ...{ ...ofAttachment, method: 'GET', path: '/v1/attachments/{id}', right: 'look' },
    summary: 'show attachment',
    answer: attachmentAnswer,
    errors: ['attachment_not_found'],
  },
  deleteAttachment: {
    ...{ ...ofAttachment, method: 'DELETE', path: '/v1/attachments/{id}', right: 'change' },
    summary: 'delete attachment',
    description: 'Answered once the export and the backend are verified gone.',
    answer: z.undefined(),
    errors: ['attachment_not_found', 'cleanup_failed', 'shutting_down'],
  },
  repairAttachment: {
    ...{ ...ofAttachment, method: 'POST', path: '/v1/attachments/{id}/repair', right: 'change' },
    summary: 'repair attachment',
    description:
      'Verifies each step of the attachment and does again what does not hold, at the same address, with the same key.',
    answer: attachmentAnswer,
    errors: [...changeErrors],
  },
  listGrants: {
    ...{ ...ofAttachment, method: 'GET', path: '/v1/attachments/{id}/grants', right: 'look' },
    summary: 'list grants of attachment',
    answer: z.object({ grants: z.array(grantSchema) }),
    errors: ['attachment_not_found'],
  },
  setQos: {
    ...{ ...ofAttachment, method: 'PUT', path: '/v1/attachments/{id}/qos', right: 'change' },
    summary: 'set qos of attachment',
    description: 'Replaces all limits, also while the volume is in use.',
    body: setQosRequestSchema,
    answer: attachmentAnswer,
    errors: [...changeErrors, 'body_too_large'],
  },
  resizeAttachment: {
    ...{ ...ofAttachment, method: 'POST', path: '/v1/attachments/{id}/resize', right: 'change' },
    summary: 'resize attachment',
    description: 'Makes known a size that Cinder has given the volume meanwhile, to all who use its export.',
    body: resizeAttachmentRequestSchema,
    answer: resizeAttachmentResponseSchema,
    errors: [...changeErrors, 'volume_refused', 'body_too_large'],
  },
  listHosts: {
    ...{ ...plain, method: 'GET', path: '/v1/hosts', tag: 'hosts', right: 'look' },
    summary: 'list hosts',
    answer: z.object({ hosts: z.array(hostSchema) }),
  },
  updateHost: {
    ...{ ...ofHost, method: 'PUT', path: '/v1/hosts/{host}', right: 'change' },
    summary: 'update host',
    description: 'A disabled host takes no new attachments; those that it has go on.',
    body: updateHostRequestSchema,
    answer: z.object({ host: hostSchema }),
    errors: ['not_found', 'body_too_large'],
  },
  drainHost: {
    ...{ ...ofHost, method: 'POST', path: '/v1/hosts/{host}/drain', right: 'change' },
    summary: 'drain host',
    description:
      'Disables the host and answers at once what is still attached to it; ask again until nothing is. Attachments leave when their instances are moved away or their volumes detached.',
    body: drainHostRequestSchema,
    answer: drainHostAnswerSchema,
    errors: ['not_found', 'body_too_large'],
  },
  listNetworks: {
    ...{ ...plain, method: 'GET', path: '/v1/networks', tag: 'networks', right: 'look' },
    summary: 'list networks',
    description: 'The tenant networks into which this host exports.',
    answer: z.object({ networks: z.array(networkSchema) }),
  },
  listDrivers: {
    ...{ ...plain, method: 'GET', path: '/v1/drivers', tag: 'drivers', right: 'look' },
    summary: 'list drivers',
    answer: z.object({ drivers: z.array(driverSchema) }),
  },
  showFindings: {
    ...{ ...plain, method: 'GET', path: '/v1/findings', tag: 'reconciler', right: 'look' },
    summary: 'show findings',
    description: 'What the last pass of the reconciler saw and did; null before the first one has ended.',
    answer: z.object({ report: reconcileReportSchema.nullable() }),
  },
  reconcile: {
    ...{ ...plain, method: 'POST', path: '/v1/reconcile', tag: 'reconciler', right: 'change' },
    summary: 'reconcile',
    description: 'Makes a pass now and answers what it saw and did.',
    body: reconcileRequestSchema,
    answer: z.object({ report: reconcileReportSchema }),
    errors: ['shutting_down', 'body_too_large'],
  },
  followEvents: {
    ...{ ...plain, method: 'GET', path: '/v1/events', tag: 'events', right: 'look' },
    summary: 'follow events',
    description:
      'Server-sent events; `data` is an event as JSON. With `Last-Event-ID`, those after it come first; where some of them are lost, a `resync` event. A comment now and then shows that the connection lives.',
    answer: apiEventSchema,
    answerType: 'text/event-stream',
    errors: ['rate_limited', 'shutting_down'],
  },
  showHealth: {
    ...{ ...plain, method: 'GET', path: '/healthcheck', tag: 'operation', right: 'none' },
    summary: 'show health',
    description: '200 `OK`, or 503 and a reason per line.',
    answer: z.string(),
    answerType: 'text/plain',
  },
  showMetrics: {
    ...{ ...plain, method: 'GET', path: '/metrics', tag: 'operation', right: 'none' },
    summary: 'show metrics',
    description:
      'In the text format of Prometheus. Without a token only from the addresses of `[api] metrics_allowed_addresses`; with one, for whoever may look.',
    answer: z.string(),
    answerType: 'text/plain',
    errors: ['unauthorized', 'forbidden', 'cloud_unavailable'],
  },
  showOpenApi: {
    ...{ ...plain, method: 'GET', path: '/openapi.json', tag: 'operation', right: 'none' },
    summary: 'show this document',
    answer: z.record(z.string(), z.unknown()),
  },
};
