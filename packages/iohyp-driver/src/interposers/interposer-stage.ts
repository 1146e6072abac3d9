import type { Interposer } from '../contract.ts';
import type { QmpCallOptions } from '../qmp/deadline.ts';
import type { QmpClient } from '../qmp/qmp-client.ts';

/**
 * How one kind of interposer becomes a filter node of QEMU's block layer. To add one: its type in the contract, a folder
 * here, and a line in the registry.
 */
export interface InterposerStage<T extends Interposer> {
  readonly kind: T['kind'];
  /** Driver of the filter node, by which the stage is recognised in a running daemon. */
  readonly blockDriver: string;
  /** Throws DriverError `bad_request` for values that make no sense. */
  check(interposer: T): void;
  /** The same without what only repeats a default: two ways to ask for the same stage are equal here. */
  plain(interposer: T): T;
  /** Puts a filter node `nodeName` on top of node `below`. */
  add(qmp: QmpClient, nodeName: string, below: string, interposer: T, options: QmpCallOptions): Promise<void>;
  /** Removes what `add` made, also when only half of it is there. */
  remove(qmp: QmpClient, nodeName: string, options: QmpCallOptions): Promise<void>;
  /** Reads the stage back from the daemon. */
  read(qmp: QmpClient, nodeName: string, options: QmpCallOptions): Promise<T>;
}
