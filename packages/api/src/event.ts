import * as z from 'zod';
import { type Attachment, attachmentSchema } from './attachment.ts';
import { type Host, hostSchema } from './host.ts';
import { type Finding, findingSchema } from './reconcile.ts';

/** What can happen to an attachment, in the order of its life. */
export const attachmentEventTypes = [
  'attachment.attaching',
  'attachment.attached',
  'attachment.repaired',
  'attachment.resized',
  'attachment.limited',
  'attachment.detaching',
  'attachment.detached',
  'attachment.failed',
] as const;

export type AttachmentEventType = (typeof attachmentEventTypes)[number];

interface EventFacts {
  /** Send it as `Last-Event-ID` to go on after this event. Opaque. */
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** Something that happened on an I/O host. */
export type ApiEvent =
  /** For `attachment.detached`, the attachment as it was last. */
  | (EventFacts & { readonly type: AttachmentEventType; readonly attachment: Attachment })
  | (EventFacts & { readonly type: 'host.enabled' | 'host.disabled'; readonly host: Host })
  /** What the reconciler finds is no longer what it found before. */
  | (EventFacts & { readonly type: 'findings.changed'; readonly findings: readonly Finding[] })
  /** Events before this one are lost: ask for all lists anew. */
  | (EventFacts & { readonly type: 'resync' });

const facts = { id: z.string(), at: z.string() };

export const apiEventSchema: z.ZodType<ApiEvent> = z.union([
  z.object({ ...facts, type: z.enum(attachmentEventTypes), attachment: attachmentSchema }),
  z.object({ ...facts, type: z.enum(['host.enabled', 'host.disabled']), host: hostSchema }),
  z.object({ ...facts, type: z.literal('findings.changed'), findings: z.array(findingSchema) }),
  z.object({ ...facts, type: z.literal('resync') }),
]);
