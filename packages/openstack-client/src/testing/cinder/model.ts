import type { WireRecord } from '../../wire/record.ts';

export const FAKE_VOLUME_STATUSES = [
  'creating',
  'available',
  'reserved',
  'attaching',
  'in-use',
  'detaching',
  'deleting',
  'error',
  'error_deleting',
  'error_extending',
  'maintenance',
] as const;

export type FakeVolumeStatus = (typeof FAKE_VOLUME_STATUSES)[number];

/** One row of Cinder's table of volumes. */
export interface FakeVolume {
  readonly id: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly status: FakeVolumeStatus;
  /** What Cinder says. */
  readonly sizeGiB: number;
  /** What the volume's file really has; differs from `sizeGiB` only if it was made so. */
  readonly sizeBytes: number;
  readonly type: string;
  readonly projectId: string;
  readonly userId: string;
  readonly multiattach: boolean;
  readonly encrypted: boolean;
  readonly readOnly: boolean;
  readonly bootable: boolean;
  readonly metadata: Readonly<Record<string, string>>;
  /** Of the image it was made from. */
  readonly imageMetadata: WireRecord | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date | undefined;
}

export type FakeAttachmentStatus = 'reserved' | 'attaching' | 'attached';

/** One row of Cinder's table of attachments. */
export interface FakeAttachment {
  readonly id: string;
  readonly volumeId: string;
  readonly instanceId: string | undefined;
  readonly status: FakeAttachmentStatus;
  /** `null` is Cinder's word for "not known yet". */
  readonly attachMode: 'null' | 'rw' | 'ro';
  /** The connector's host. */
  readonly host: string | undefined;
  /** The connector's mountpoint. */
  readonly mountpoint: string | undefined;
  readonly connector: WireRecord | undefined;
  readonly connectionInfo: WireRecord;
  readonly attachedAt: Date | undefined;
  readonly projectId: string;
}

/** How a storage driver describes a connection, before Cinder makes it flat. */
export interface DriverConnection {
  readonly driver_volume_type: string;
  readonly data: WireRecord;
}

/** A storage driver: what it answers to a connector. */
export interface FakeVolumeDriver {
  /** Whether its volumes are files in the cloud's `volumesDirectory`. */
  readonly fileBacked: boolean;
  readonly backendName: string;
  /** `path`: of the volume's file, or where it would be. */
  connect(volume: FakeVolume, path: string, connector: WireRecord): DriverConnection;
}

/** As Cinder writes it. */
export interface FakeTypeEncryption {
  readonly encryption_id: string;
  readonly provider: string;
  readonly control_location: string;
  readonly cipher: string | null;
  readonly key_size: number | null;
}

export interface FakeVolumeType {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly isPublic: boolean;
  readonly extraSpecs: Readonly<Record<string, string>>;
  readonly qosSpecsId: string | null;
  readonly encryption: FakeTypeEncryption | null;
  readonly driver: FakeVolumeDriver;
}

/** What a user is told about a volume. */
export interface FakeMessage {
  readonly id: string;
  readonly eventId: string;
  readonly text: string;
  readonly resourceId: string;
  readonly requestId: string;
  readonly projectId: string;
  readonly createdAt: Date;
}

export interface FakeQosSpecs {
  readonly id: string;
  readonly name: string;
  /** `front-end`, `back-end` or `both`. */
  readonly consumer: string;
  readonly specs: Readonly<Record<string, string>>;
}

export interface FakeSnapshot {
  readonly id: string;
  readonly volumeId: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly status: 'creating' | 'available' | 'deleting';
  readonly sizeGiB: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly projectId: string;
  readonly userId: string;
  readonly createdAt: Date;
  readonly updatedAt: Date | undefined;
}

/** A row of Cinder's own services. */
export interface FakeBlockStorageService {
  readonly binary: string;
  readonly host: string;
  readonly status: 'enabled' | 'disabled';
  readonly disabledReason: string | null;
}
