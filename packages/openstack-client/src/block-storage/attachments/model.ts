import type { WireRecord } from '../../wire/record.ts';

/**
 * Describes the host that connects to a volume, as os-brick does. Cinder records `host` as the attachment's host and
 * `mountpoint` as its device; what else is needed depends on the volume's backend.
 */
export interface Connector {
  readonly host: string;
  readonly ip?: string | undefined;
  readonly initiator?: string | undefined;
  readonly nqn?: string | undefined;
  readonly platform?: string | undefined;
  readonly os_type?: string | undefined;
  readonly multipath?: boolean | undefined;
  readonly mountpoint?: string | undefined;
  readonly mode?: 'rw' | 'ro' | undefined;
  readonly [field: string]: unknown;
}

/**
 * How to reach the volume: the storage driver's data, flat beside `driver_volume_type`, `attachment_id`, `access_mode`,
 * `encrypted`, `qos_specs`, `cacheable`. May hold credentials: never log it.
 */
export type ConnectionInfo = WireRecord;

/** @see https://docs.openstack.org/api-ref/block-storage/v3/#show-attachment-details */
export interface Attachment {
  readonly id: string;
  /** `reserved`, `attaching`, `attached`, `detaching`, `error_attaching`, … */
  readonly status: string;
  /** Undefined: reserved for no server. */
  readonly instanceId: string | undefined;
  readonly volumeId: string;
  /** `rw` or `ro`; undefined until it is known (Cinder says `null`, the word). */
  readonly attachMode: 'rw' | 'ro' | undefined;
  readonly attachedAt: Date | undefined;
  /** Empty until a connector was given. */
  readonly connectionInfo: ConnectionInfo;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

/** What a list shows of an attachment. */
export interface AttachmentSummary {
  readonly id: string;
  readonly status: string;
  readonly instanceId: string | undefined;
  readonly volumeId: string;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface AttachmentCreate {
  readonly volumeId: string;
  /** Server the volume is for. Undefined: none, for instance for a host that uses it itself. */
  readonly instanceId?: string | undefined;
  /** Null: only reserve the volume; a connector follows by `update`. */
  readonly connector: Connector | null;
}

export interface AttachmentCreateSince354 extends AttachmentCreate {
  /** Default `rw`. */
  readonly attachMode?: 'rw' | 'ro' | undefined;
}

/** What a new attachment can be given, by the microversion that was asked for. */
export interface AttachmentCreatesByMicroversion {
  readonly '3.44': AttachmentCreate;
  readonly '3.54': AttachmentCreateSince354;
}

export type AttachmentCreateMicroversion = keyof AttachmentCreatesByMicroversion;

export interface AttachmentFilter {
  readonly status?: string | undefined;
  readonly volumeId?: string | undefined;
  readonly instanceId?: string | undefined;
  /** Only admins may. */
  readonly allProjects?: boolean | undefined;
}
