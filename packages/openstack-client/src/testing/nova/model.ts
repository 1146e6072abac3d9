import type { WireRecord } from '../../wire/record.ts';

export interface FakeFlavor {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly diskGiB: number;
  readonly extraSpecs: Readonly<Record<string, string>>;
}

/** Nova's block device mapping: a volume of a server, with the connection_info that Nova keeps for itself. */
export interface BlockDevice {
  readonly uuid: string;
  readonly volumeId: string;
  readonly attachmentId: string;
  /** For instance `/dev/vdb`. */
  readonly device: string;
  /** Folded, as Nova keeps it; undefined until the volume is connected. */
  readonly connectionInfo: WireRecord | undefined;
  readonly deleteOnTermination: boolean;
}

export interface FakeServer {
  readonly id: string;
  readonly name: string;
  readonly status: 'BUILD' | 'ACTIVE' | 'SHUTOFF' | 'SHELVED_OFFLOADED' | 'ERROR';
  readonly projectId: string;
  readonly userId: string;
  /** As it was when the server was made. */
  readonly flavor: FakeFlavor;
  readonly imageId: string | undefined;
  /** Undefined: on no compute host. */
  readonly host: string | undefined;
  readonly fault: string | undefined;
  readonly blockDevices: readonly BlockDevice[];
  readonly createdAt: Date;
}
