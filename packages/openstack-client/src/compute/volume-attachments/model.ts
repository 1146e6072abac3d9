import type { WireRecord } from '../../wire/record.ts';

/** A volume of a server, as Nova records it. */
export interface ServerVolume {
  readonly serverId: string;
  readonly volumeId: string;
  /** As Nova believes, for instance `/dev/vdb`. */
  readonly device: string | undefined;
  /** Cinder's attachment; only lists have it. */
  readonly attachmentId: string | undefined;
  /** As it came, with the fields that this library doesn't know. */
  readonly raw: WireRecord;
}
