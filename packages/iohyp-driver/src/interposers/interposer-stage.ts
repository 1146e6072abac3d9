import type { Interposer, KeyManager } from '../contract.ts';
import type { QmpCallOptions } from '../qmp/deadline.ts';
import type { QmpClient } from '../qmp/qmp-client.ts';

/** The volume that a stage is for, and what its I/O host has for stages. */
export interface StageVolume {
  readonly attachmentId: string;
  readonly sizeBytes: number;
  /** Whose the files must be that the daemon is to open; undefined: ours. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  readonly cacheDirectory: string | undefined;
  readonly auditDirectory: string | undefined;
  /** Opens the storage once more, for reading: a node that talks to it, and one above with its content. */
  openAgain(storageNode: string, contentNode: string): Promise<void>;
}

/** One filter node to be made. */
export interface Placing<T extends Interposer> {
  readonly nodeName: string;
  /** Node that it goes on top of. */
  readonly below: string;
  readonly readOnly: boolean;
  readonly interposer: T;
  readonly volume: StageVolume;
  readonly keyManager: KeyManager | undefined;
  /** Block device that has the plaintext already, where the kernel decrypts. */
  readonly plaintext?: string | undefined;
}

/**
 * How one kind of interposer becomes a filter node of QEMU's block layer. To add one: its type in the contract, a folder
 * here, and a line in the registry.
 */
export interface InterposerStage<T extends Interposer> {
  readonly kind: T['kind'];
  /** Driver of the filter node, by which the stage is recognised in a running daemon. */
  readonly blockDriver: string;
  /** Why the stage can only be the first one; absent when it can be anywhere. */
  readonly nearestToBackend?: string | undefined;
  /** Throws DriverError `bad_request` for values that make no sense. */
  check(interposer: T): void;
  /** The same without what only repeats a default: two ways to ask for the same stage are equal here. */
  plain(interposer: T): T;
  /** Puts a filter node `nodeName` on top of node `below`. Names of whatever else it makes begin with `nodeName` and `-`. */
  add(qmp: QmpClient, placing: Placing<T>, options: QmpCallOptions): Promise<void>;
  /** Removes the files that `add` needs only while it works, and which a crash may have left. Absent where there are none. */
  readonly removeFiles?: ((nodeName: string, host: Pick<StageVolume, 'cacheDirectory'>) => Promise<void>) | undefined;
  /**
   * Reads the stage back from the daemon, as far as the daemon tells; the rest is as it was `recorded`. Undefined when that
   * is a stage of another kind.
   */
  read(
    qmp: QmpClient,
    nodeName: string,
    recorded: Interposer | undefined,
    options: QmpCallOptions,
  ): Promise<T | undefined>;
}
