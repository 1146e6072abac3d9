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
  readonly description: string | undefined;
  /** `available`, `reserved`, `attaching`, `in-use`, `detaching`, `error`, … */
  readonly status: string;
  readonly sizeGiB: number;
  readonly volumeType: string | undefined;
  readonly multiattach: boolean;
  readonly encrypted: boolean;
  readonly bootable: boolean;
  /** Only those that are completed: a reserved or connecting one is not listed. */
  readonly attachments: readonly VolumeAttachmentSummary[];
  readonly snapshotId: string | undefined;
  readonly sourceVolumeId: string | undefined;
  readonly availabilityZone: string | undefined;
  readonly createdAt: Date | undefined;
  /** `HOST@BACKEND#POOL`; only admins see it. */
  readonly host: string | undefined;
  /** Only admins see it. */
  readonly projectId: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface VolumeSince348 extends Volume {
  /** Whether connections to its backend are shared between volumes, so that a host must count them. */
  readonly sharedTargets: boolean | undefined;
  /** Of the cinder-volume that serves it. */
  readonly serviceId: string | undefined;
}

export interface VolumeSince363 extends VolumeSince348 {
  readonly volumeTypeId: string | undefined;
}

export interface VolumeSince365 extends VolumeSince363 {
  readonly consumesQuota: boolean;
}

/** What a volume shows, by the microversion that was asked for. */
export interface VolumesByMicroversion {
  readonly '3.0': Volume;
  readonly '3.48': VolumeSince348;
  readonly '3.63': VolumeSince363;
  readonly '3.65': VolumeSince365;
}

export type VolumeMicroversion = keyof VolumesByMicroversion;

export interface VolumeFilter {
  readonly name?: string | undefined;
  readonly status?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** With `allProjects` only. */
  readonly projectId?: string | undefined;
  /** Only admins may. */
  readonly allProjects?: boolean | undefined;
}

export interface VolumeCreate {
  /** May be left out only for a volume from a snapshot or of another volume, which gives it then. */
  readonly sizeGiB?: number | undefined;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly volumeType?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly availabilityZone?: string | undefined;
  /** Content: at most one of these. */
  readonly imageId?: string | undefined;
  readonly snapshotId?: string | undefined;
  readonly sourceVolumeId?: string | undefined;
}

export interface VolumeUpdate {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** Replaces all of it. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** States that an admin may write into Cinder's database. */
export interface VolumeStateReset {
  readonly status?: string | undefined;
  readonly attachStatus?: 'attached' | 'detached' | undefined;
}

/** How a volume is encrypted. @see https://docs.openstack.org/api-ref/block-storage/v3/#show-a-volume-s-encryption */
export interface VolumeEncryption {
  /** Id of its key in the key manager. */
  readonly keyId: string;
  /** `luks` (LUKS 1), `luks2` or `plain`. */
  readonly provider: string;
  /** Who encrypts: the host that attaches it, or Cinder's backend. */
  readonly controlLocation: 'front-end' | 'back-end';
  /** For instance `aes-xts-plain64`. */
  readonly cipher: string | undefined;
  readonly keySizeBits: number | undefined;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}
