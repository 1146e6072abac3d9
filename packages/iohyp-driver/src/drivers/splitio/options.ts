import type { CommandRunner } from '../../command/command.ts';
import { LocalCommandRunner } from '../../command/local-command-runner.ts';
import { DriverError } from '../../contract.ts';

export interface SplitioDriverOptions {
  /**
   * Must be true, or the driver doesn't start: the data plane has no authentication, sends everything in the clear, and
   * trusts pointers that the guest echoes. For labs.
   */
  readonly allowInsecure?: boolean;
  /** Where the scripts run: this machine, the default, or another one through `SshCommandRunner`. */
  readonly runner?: CommandRunner;
  /** Put before the scripts, which need root. Default `['sudo', '-n']`; `[]` where the runner's user is root. */
  readonly sudo?: readonly string[];
  /** Default `iohyp_create_blk_device.sh`, found in `PATH`. */
  readonly createScript?: string;
  /** Default `iohyp_remove_blk_device.sh`, found in `PATH`. */
  readonly removeScript?: string;
  /** Default `/sys/class/vrio/blk`, where the scripts run. */
  readonly sysfsDirectory?: string;
  /** Bytes per unit of the attribute `Capacity`. Default 512, the kernel's sector. */
  readonly capacityUnitBytes?: number;
  /** Volumes are files or block devices below these absolute directories, where the scripts run. None: nothing is opened. */
  readonly allowedDirectories?: readonly string[];
  /** What volumes are open is kept here, on this machine. Default `/run/iorcl/splitio`. */
  readonly runtimeDirectory?: string;
  /** Bounds each verb, besides the caller's signal. Default 30,000. */
  readonly verbTimeoutMs?: number;
  /** How long a verb may take after that, or after it was aborted, to undo what it began. Default 10,000. */
  readonly undoTimeoutMs?: number;
  /** How long a script's effect may take to show. Default 5,000. */
  readonly settleTimeoutMs?: number;
  /** A device counts as quiet when its counters have not moved for so long. Default 500. */
  readonly quietMs?: number;
  /** How long `unexport` waits for a device to be quiet. Default 5,000. */
  readonly quietTimeoutMs?: number;
  /**
   * What `unexport` does with a device that isn't: refuses, the default, since the kernel frees the backing under requests
   * that are in flight; or removes it all the same.
   */
  readonly whenBusy?: 'refuse' | 'remove';
}

export type ResolvedOptions = Required<SplitioDriverOptions>;

/** @throws {DriverError} `bad_request` */
export function resolveOptions(options: SplitioDriverOptions): ResolvedOptions {
  if (options.allowInsecure !== true) {
    throw new DriverError(
      'bad_request',
      'driver splitio has no authentication, no encryption, and trusts what guests send it; set allow_insecure = true if ' +
        'this is a lab, or use another driver',
    );
  }
  return {
    runner: new LocalCommandRunner(),
    sudo: ['sudo', '-n'],
    createScript: 'iohyp_create_blk_device.sh',
    removeScript: 'iohyp_remove_blk_device.sh',
    sysfsDirectory: '/sys/class/vrio/blk',
    capacityUnitBytes: 512,
    allowedDirectories: [],
    runtimeDirectory: '/run/iorcl/splitio',
    verbTimeoutMs: 30_000,
    undoTimeoutMs: 10_000,
    settleTimeoutMs: 5_000,
    quietMs: 500,
    quietTimeoutMs: 5_000,
    whenBusy: 'refuse',
    ...options,
    allowInsecure: true,
  };
}
