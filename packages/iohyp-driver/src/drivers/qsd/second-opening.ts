import type { PreparedBackend } from '../../backends/backend.ts';
import { DriverError, type OpenRequest } from '../../contract.ts';
import { findDaemon } from './daemon.ts';
import { InstanceDirectory, instancesWithDirectory } from './instance-directory.ts';
import type { ResolvedOptions } from './options.ts';
import { readVolumeRecords } from './volume-record.ts';

/**
 * QEMU locks files against other QEMU processes that insist on being alone, such as a virtual machine. But NBD exports
 * share their file with each other, and for RBD there is no lock: so what this I/O host has open is looked up first.
 * @throws {DriverError} `conflict`
 */
export async function refuseSecondOpening(
  options: ResolvedOptions,
  request: OpenRequest,
  backend: PreparedBackend,
  readOnly: boolean,
): Promise<void> {
  for (const instanceId of await instancesWithDirectory(options.runtimeDirectory)) {
    const directory = new InstanceDirectory(options.runtimeDirectory, instanceId);
    const other = (await readVolumeRecords(directory)).find(
      (record) =>
        record.backendIdentity === backend.identity &&
        record.attachmentId !== request.key.attachmentId &&
        !(record.readOnly && readOnly) &&
        !(record.shareable && request.shareable === true),
    );
    if (other !== undefined && (await findDaemon(options, instanceId)) !== undefined) {
      throw new DriverError(
        'conflict',
        `${backend.description} is already open for attachment ${other.attachmentId} of instance ${instanceId}, ` +
          'and two writers would destroy it',
      );
    }
  }
}
