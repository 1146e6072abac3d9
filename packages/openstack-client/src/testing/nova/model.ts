import type { WireRecord } from '../../wire/record.ts';
import type { FakeServerStatus } from './server-state.ts';

export interface FakeFlavor {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly diskGiB: number;
  readonly isPublic: boolean;
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
  readonly status: FakeServerStatus;
  /** What is being done with it. */
  readonly taskState: string | null;
  readonly projectId: string;
  readonly userId: string;
  /** As it was when the server was made. */
  readonly flavor: FakeFlavor;
  readonly imageId: string | undefined;
  /** Undefined: on no compute host. */
  readonly host: string | undefined;
  readonly fault: string | undefined;
  readonly blockDevices: readonly BlockDevice[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly description: string | null;
  readonly keyName: string | null;
  /** What it wrote to its serial console. */
  readonly console: string;
  readonly locked: boolean;
  readonly lockedReason: string | undefined;
  /** What a resize that is not confirmed yet would go back to. */
  readonly resizedFrom: { readonly flavor: FakeFlavor; readonly host: string | undefined } | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a new server has unless it is said otherwise. */
export const NEW_SERVER = {
  taskState: null,
  fault: undefined,
  blockDevices: [],
  metadata: {},
  description: null,
  keyName: null,
  console: '',
  locked: false,
  lockedReason: undefined,
  resizedFrom: undefined,
} as const;

/** A row of Nova's own services. */
export interface FakeComputeService {
  readonly id: string;
  readonly binary: string;
  readonly host: string;
  /** Availability zone; `internal` for what is no compute host. */
  readonly zone: string;
  readonly status: 'enabled' | 'disabled';
  readonly disabledReason: string | null;
  readonly forcedDown: boolean;
}

export interface FakeMigration {
  readonly id: number;
  readonly uuid: string;
  readonly serverId: string;
  readonly type: 'resize' | 'migration' | 'live-migration' | 'evacuation';
  readonly status: string;
  readonly source: string;
  /** Empty: no host was found. */
  readonly destination: string;
  readonly userId: string;
  readonly projectId: string;
  readonly createdAt: Date;
}

export interface FakeKeypair {
  readonly name: string;
  readonly type: string;
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly userId: string;
}
