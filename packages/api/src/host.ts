import * as z from 'zod';
import { type Attachment, attachmentSchema } from './attachment.ts';

/** A service of an I/O host, with the columns of `openstack compute service list --long`. */
export interface Host {
  readonly binary: string;
  readonly host: string;
  readonly zone: string;
  /** A disabled host takes no new attachments; those that it has go on. */
  readonly status: 'enabled' | 'disabled';
  readonly state: 'up' | 'down';
  /** Why it was disabled, in the words of whoever did it. An older iorcld does not say. */
  readonly disabledReason?: string | null | undefined;
  readonly attachments: number;
  /** ISO 8601, UTC. */
  readonly updatedAt: string;
}

export interface UpdateHostRequest {
  readonly status: 'enabled' | 'disabled';
  /** Only with `disabled`. */
  readonly reason?: string | undefined;
}

export interface DrainHostRequest {
  readonly reason?: string | undefined;
}

/** What is left on a host that is being emptied. Nothing left: it is drained. */
export interface DrainHostAnswer {
  readonly host: Host;
  readonly remaining: readonly Attachment[];
}

export const hostSchema: z.ZodType<Host> = z.object({
  binary: z.string(),
  host: z.string(),
  zone: z.string(),
  status: z.enum(['enabled', 'disabled']),
  state: z.enum(['up', 'down']),
  disabledReason: z.string().nullable().optional(),
  attachments: z.int().nonnegative(),
  updatedAt: z.string(),
});

const reason = z.string().min(1).max(255).optional();

export const updateHostRequestSchema: z.ZodType<UpdateHostRequest> = z
  .strictObject({ status: z.enum(['enabled', 'disabled']), reason })
  .refine(({ status, reason: given }) => status === 'disabled' || given === undefined, {
    error: 'only a disabled host has a reason',
    path: ['reason'],
  });

export const drainHostRequestSchema: z.ZodType<DrainHostRequest> = z.strictObject({ reason });

export const drainHostAnswerSchema: z.ZodType<DrainHostAnswer> = z.object({
  host: hostSchema,
  remaining: z.array(attachmentSchema),
});
