import * as z from 'zod';
import { type PageQuery, pageLimitSchema } from './page.ts';

/** `attaching` and `detaching` are intents in progress; `error` waits for an operator or a repeated delete. */
export type AttachmentStatus = 'attaching' | 'attached' | 'detaching' | 'error';

/** A Neutron network by its provider attributes. */
export interface NetworkView {
  readonly networkId: string;
  readonly type: string;
  readonly physicalNetwork: string | null;
  readonly segmentationId: number | null;
}

/** An attachment as iorcld knows it. Never holds secrets. */
export interface Attachment {
  /** Cinder's attachment uuid. */
  readonly id: string;
  readonly instanceId: string;
  readonly volumeId: string;
  readonly sizeBytes: number;
  readonly readOnly: boolean;
  readonly mode: 'host' | 'guest';
  readonly driver: string;
  readonly ioHost: string;
  readonly computeHost: string;
  readonly status: AttachmentStatus;
  readonly network: NetworkView;
  /** Where clients reach the export inside the tenant's network; null until it is exported. */
  readonly address: string | null;
  readonly port: number | null;
  /** Why the status is `error`, or why the last detach did not finish. */
  readonly fault: { readonly code: string; readonly message: string } | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Everything a compute host needs to import the volume, by what the I/O host's driver speaks. Holds the key: never log it. */
export type ExportAccess = NbdAccess | NvmeTcpAccess;

interface AnyAccess {
  /** Of the I/O host inside the tenant's network; without scope. */
  readonly address: string;
  readonly port: number;
  readonly sizeBytes: number;
  readonly readOnly: boolean;
}

/** An NBD server with TLS. */
export interface NbdAccess extends AnyAccess {
  readonly transport: 'nbd';
  readonly exportName: string;
  readonly tls: {
    readonly kind: 'psk';
    readonly identity: string;
    /** 64 lower-case hex digits. */
    readonly secretHex: string;
  };
}

/** A namespace of an NVMe target over TCP; names as in the NVMe base specification 2.0. */
export interface NvmeTcpAccess extends AnyAccess {
  readonly transport: 'nvme-tcp';
  readonly subsystemNqn: string;
  /** UUID of the namespace in the subsystem, by which its block device is recognised: the volume's id. */
  readonly namespaceUuid: string;
  /** The name under which this client, and nobody else, is let in. It is the grant's, not the machine's of `/etc/nvme/hostnqn`. */
  readonly hostNqn: string;
  /** The client's DH-HMAC-CHAP secret in NVMe's own text form, `DHHC-1:…:` (TP 8006). */
  readonly dhChapSecret: string;
}

/**
 * Cinder's attachment as its `PUT /attachments/{id}` answered it, without `connection_info`, and what Nova needs of that
 * besides the path: see Block Storage API v3, "Update an attachment".
 */
export interface CinderAttachmentAnswer {
  readonly attachment: Readonly<Record<string, unknown>>;
  readonly accessMode: 'rw' | 'ro';
  readonly qosSpecs: Readonly<Record<string, unknown>> | null;
  readonly cacheable: boolean;
}

export interface CreateAttachmentRequest {
  /** Cinder's attachment uuid, already made by Nova. */
  readonly attachmentId: string;
  /** Host name of the compute host that asks (the connector's `host`). */
  readonly computeHost: string;
  /**
   * `mountpoint` of Nova's connector: passed on to Cinder, which records it as the device name. Another one than at first is
   * a conflict, none at all is not.
   */
  readonly mountpoint?: string | undefined;
}

export interface CreateAttachmentResponse {
  readonly attachment: Attachment;
  readonly access: ExportAccess;
  readonly cinder: CinderAttachmentAnswer;
}

/** Which attachments are asked for; all that is given must hold. */
export interface AttachmentFilter {
  readonly instanceId?: string | undefined;
  readonly volumeId?: string | undefined;
  readonly computeHost?: string | undefined;
  readonly status?: AttachmentStatus | undefined;
  /** Neutron's network uuid. */
  readonly networkId?: string | undefined;
}

export interface AttachmentQuery extends AttachmentFilter, PageQuery {}

/** A client that may use an attachment's export. Its key is never shown. */
export interface Grant {
  /** Compute host. */
  readonly client: string;
  /** What the client presents in the TLS handshake. */
  readonly identity: string;
}

export interface ResizeAttachmentRequest {
  /** What Cinder has given the volume; default: what Cinder says. */
  readonly sizeBytes?: number | undefined;
}

export interface ResizeAttachmentResponse {
  readonly attachment: Attachment;
  /** What clients see from now on: of an encrypted volume less than `attachment.sizeBytes`, by the size of its header. */
  readonly exportedBytes: number;
}

const uuid = z.uuid();
const name = z.string().min(1).max(255);
const status = z.enum(['attaching', 'attached', 'detaching', 'error']);

export const networkViewSchema: z.ZodType<NetworkView> = z.object({
  networkId: z.string(),
  type: z.string(),
  physicalNetwork: z.string().nullable(),
  segmentationId: z.int().nullable(),
});

export const attachmentSchema: z.ZodType<Attachment> = z.object({
  id: uuid,
  instanceId: z.string(),
  volumeId: z.string(),
  sizeBytes: z.int().nonnegative(),
  readOnly: z.boolean(),
  mode: z.enum(['host', 'guest']),
  driver: z.string(),
  ioHost: z.string(),
  computeHost: z.string(),
  status,
  network: networkViewSchema,
  address: z.string().nullable(),
  port: z.int().min(1).max(65535).nullable(),
  fault: z.object({ code: z.string(), message: z.string() }).nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
});

const anyAccess = {
  address: z.string(),
  port: z.int().min(1).max(65535),
  sizeBytes: z.int().nonnegative(),
  readOnly: z.boolean(),
};
/** At most 223 bytes, without what separates options of the kernel's (NVMe base specification 2.0, section 4.5). */
const nqn = z.string().regex(/^nqn\.[^\s,\0]{1,219}$/);

const nbdAccessSchema: z.ZodObject & z.ZodType<NbdAccess> = z.object({
  transport: z.literal('nbd'),
  ...anyAccess,
  exportName: z.string(),
  tls: z.object({ kind: z.literal('psk'), identity: z.string(), secretHex: z.string().regex(/^[0-9a-f]{64}$/) }),
});

const nvmeTcpAccessSchema: z.ZodObject & z.ZodType<NvmeTcpAccess> = z.object({
  transport: z.literal('nvme-tcp'),
  ...anyAccess,
  subsystemNqn: nqn,
  namespaceUuid: uuid,
  hostNqn: nqn,
  dhChapSecret: z.string().regex(/^DHHC-1:0[0-3]:[A-Za-z0-9+/]+={0,2}:$/),
});

export const exportAccessSchema: z.ZodType<ExportAccess> = z.discriminatedUnion('transport', [
  nbdAccessSchema,
  nvmeTcpAccessSchema,
]);

export const createAttachmentRequestSchema: z.ZodType<CreateAttachmentRequest> = z.strictObject({
  attachmentId: uuid,
  computeHost: name,
  mountpoint: z.string().max(255).optional(),
});

export const createAttachmentResponseSchema: z.ZodType<CreateAttachmentResponse> = z.object({
  attachment: attachmentSchema,
  access: exportAccessSchema,
  cinder: z.object({
    attachment: z.record(z.string(), z.unknown()),
    accessMode: z.enum(['rw', 'ro']),
    qosSpecs: z.record(z.string(), z.unknown()).nullable(),
    cacheable: z.boolean(),
  }),
});

export const attachmentQuerySchema: z.ZodType<AttachmentQuery> = z.strictObject({
  instanceId: name.optional(),
  volumeId: name.optional(),
  computeHost: name.optional(),
  status: status.optional(),
  networkId: name.optional(),
  limit: pageLimitSchema,
  marker: uuid.optional(),
});

export const grantSchema: z.ZodType<Grant> = z.object({ client: z.string(), identity: z.string() });

export const resizeAttachmentRequestSchema: z.ZodType<ResizeAttachmentRequest> = z.strictObject({
  sizeBytes: z.int().positive().optional(),
});

export const resizeAttachmentResponseSchema: z.ZodType<ResizeAttachmentResponse> = z.object({
  attachment: attachmentSchema,
  exportedBytes: z.int().nonnegative(),
});
