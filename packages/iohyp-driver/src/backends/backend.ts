import type { Connection } from '../connection-info/connection.ts';
import type { BackendKind } from '../contract.ts';
import type { QmpCommands } from '../qmp/qmp-schema.ts';
import type { FileBackendSettings } from './file/settings.ts';
import type { IscsiBackendSettings } from './iscsi/settings.ts';
import type { LocalBackendSettings } from './local/settings.ts';
import type { NbdBackendSettings } from './nbd/settings.ts';
import type { NfsBackendSettings } from './nfs/settings.ts';
import type { NvmeofBackendSettings } from './nvmeof/settings.ts';
import type { RbdBackendSettings } from './rbd/settings.ts';

/** What an operator configures for the backends of an I/O host. */
export interface BackendSettings {
  readonly file?: FileBackendSettings;
  readonly iscsi?: IscsiBackendSettings;
  readonly local?: LocalBackendSettings;
  readonly nbd?: NbdBackendSettings;
  readonly nfs?: NfsBackendSettings;
  readonly nvmeof?: NvmeofBackendSettings;
  readonly rbd?: RbdBackendSettings;
}

/** Options of QEMU's `blockdev-add` for the node that talks to the storage. What we make is checked as {@link BlockdevNode}. */
export type BlockdevOptions = Readonly<Record<string, unknown>> & { readonly driver: string };

/** QAPI BlockdevOptions, from the daemon's own schema. */
export type BlockdevNode = QmpCommands['blockdev-add']['arguments'];

/** A secret that the node needs: an object that lives only while the node is being opened. */
export interface BlockdevSecret {
  /** Goes into the option of this name, as the secret object's id. */
  readonly option: 'key-secret' | 'password-secret';
  readonly base64: string;
}

/** Who counts what is read from a storage and written to it, while it is open. */
export type CountedBy =
  | {
      readonly kind: 'kernel';
      /** Number of the block device that is opened. */
      readonly device: number;
    }
  | {
      /** Inside the process that opens the image. Told on an admin socket, if the configuration names one. */
      readonly kind: 'librbd';
      /** Ceph's configuration file. */
      readonly configuration: string;
      /** The client's name in it, without `client.` */
      readonly user: string;
      /** Name by which the counters are found. */
      readonly image: string;
    };

/** One volume's storage, checked and ready to be opened. */
export interface PreparedBackend {
  readonly kind: BackendKind;
  /** Equal for two connection_infos that lead to the same storage. Holds no secret. */
  readonly identity: string;
  /**
   * The storage's own id, where it has one that is known before it is opened: see {@link ExpectedStorage.id}. Of storage that
   * is found by its name alone that is its name. An address, such as a target and a logical unit, is none: it is used again.
   */
  readonly id?: string;
  /** The storage can only be read: a snapshot. */
  readonly readOnly?: boolean;
  /** Options of the node above, which makes the volume's content of the storage's bytes. Default: they are the content. */
  readonly format?: BlockdevOptions;
  /** For messages. Holds no secret. */
  readonly description: string;
  readonly blockdev: BlockdevOptions;
  /** Other ways to the same storage, each tried when those before it were refused. */
  readonly otherWays?: readonly BlockdevOptions[];
  readonly secrets: readonly BlockdevSecret[];
  /** Absent where nobody counts. */
  readonly countedBy?: CountedBy;
  /** After opening: makes sure that process `pid` has opened what was checked. Throws DriverError otherwise. */
  verify(pid: number): Promise<void>;
  /**
   * Storage that the kernel must be connected to before it can be opened. Answers the backend as it is opened then; undone
   * by `disconnectStorage`. Absent where nothing has to be connected.
   */
  readonly connect?: (attachmentId: string, signal: AbortSignal) => Promise<PreparedBackend>;
}

/** One way to open volumes. To add one: a folder here, and a line in the registry. */
export interface Backend {
  readonly kind: BackendKind;
  /** Values of `driver_volume_type` that it opens. */
  readonly volumeTypes: readonly string[];
  /**
   * Parses and checks everything that can be checked, and changes nothing.
   * @throws {DriverError} `bad_connection_info`, `unsafe_path`, `backend_failed`
   */
  prepare(connection: Connection, settings: BackendSettings): Promise<PreparedBackend>;
}
