import type { WireRecord } from '../../wire/record.ts';

/** A completed attachment as a volume shows it. */
export interface VolumeAttachmentSummary {
  readonly attachmentId: string;
  readonly serverId: string | undefined;
  /** From the connector; only admins see it. */
  readonly hostName: string | undefined;
  /** For instance `/dev/vdb`. */
  readonly device: string | undefined;
}

/** @see https://docs.openstack.org/api-ref/block-storage/v3/#show-a-volume-s-details */
export interface Volume {
  readonly id: string;
  readonly name: string | undefined;
  /** `available`, `reserved`, `attaching`, `in-use`, `detaching`, `error`, … */
  readonly status: string;
  readonly sizeGiB: number;
  readonly volumeType: string | undefined;
  readonly multiattach: boolean;
  readonly encrypted: boolean;
  readonly bootable: boolean;
  /** Only those that are completed: a reserved or connecting one is not listed. */
  readonly attachments: readonly VolumeAttachmentSummary[];
  /** `HOST@BACKEND#POOL`; only admins see it. */
  readonly host: string | undefined;
  /** Only admins see it. */
  readonly projectId: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface VolumeCreate {
  readonly sizeGiB: number;
  readonly name?: string | undefined;
  readonly volumeType?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}
