import type { WireRecord } from '../../wire/record.ts';

/** A volume of a server, as Nova records it. */
export interface ServerVolume {
  readonly serverId: string;
  readonly volumeId: string;
  /** As Nova believes, for instance `/dev/vdb`. */
  readonly device: string | undefined;
  /** Cinder's attachment; lists and `get` have it. */
  readonly attachmentId: string | undefined;
  /** Lists, `get` and, from 2.79 on, `create` have it. */
  readonly deleteOnTermination: boolean | undefined;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}

export interface ServerVolumeCreate {
  readonly volumeId: string;
  /** A wish that most hypervisors ignore. */
  readonly device?: string | undefined;
  /** By which the guest finds the device in its metadata. */
  readonly tag?: string | undefined;
}

export interface ServerVolumeCreateSince279 extends ServerVolumeCreate {
  /** Delete the volume together with the server. */
  readonly deleteOnTermination?: boolean | undefined;
}

/** What can be said about a volume when it is attached, by the microversion that was asked for. */
export interface ServerVolumeCreatesByMicroversion {
  readonly '2.60': ServerVolumeCreate;
  readonly '2.79': ServerVolumeCreateSince279;
}

export type ServerVolumeCreateMicroversion = keyof ServerVolumeCreatesByMicroversion;
