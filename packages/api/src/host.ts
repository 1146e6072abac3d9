import * as z from 'zod';
import { type Attachment, attachmentSchema } from './attachment.ts';

/** A host's storage connector, as os-brick makes it: see Block Storage API v3, "Update an attachment". */
export interface StorageConnector {
  /** As Cinder knows the host. */
  readonly host: string;
  readonly ip: string;
  /** iSCSI initiator name, where the host has one. */
  readonly initiator?: string | undefined;
  /** NVMe qualified name, where the host has one. */
  readonly nqn?: string | undefined;
  readonly platform: string;
  readonly os_type: string;
  readonly multipath: boolean;
  readonly do_local_attach: boolean;
}

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
  /** With which the host connects volumes: what Cinder is given in the place of a compute host's. An older iorcld does not say. */
  readonly connector?: StorageConnector | undefined;
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

export const storageConnectorSchema: z.ZodType<StorageConnector> = z.object({
  host: z.string(),
  ip: z.string(),
  initiator: z.string().optional(),
  nqn: z.string().optional(),
  platform: z.string(),
  os_type: z.string(),
  multipath: z.boolean(),
  do_local_attach: z.boolean(),
});

export const hostSchema: z.ZodType<Host> = z.object({
  binary: z.string(),
  host: z.string(),
  zone: z.string(),
  status: z.enum(['enabled', 'disabled']),
  state: z.enum(['up', 'down']),
  disabledReason: z.string().nullable().optional(),
  attachments: z.int().nonnegative(),
  connector: storageConnectorSchema.optional(),
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
