import { disconnectStorage } from '../../../backends/connect-storage.ts';
import { DriverError, type VolumeKey } from '../../../contract.ts';
import { closeMapping } from '../../../device-mapper/luks-mapping.ts';
import { removeUnusedPort } from '../port.ts';
import type { Target } from '../target.ts';
import { plaintextName } from '../volume-record.ts';

/** @throws {DriverError} `conflict` */
export async function refuseExported(target: Target, key: VolumeKey): Promise<void> {
  const record = await target.records.read(key);
  if (record !== undefined && (await target.isOpen(record)) && (await target.subsystem(key).isEnabled())) {
    throw new DriverError('conflict', 'still exported; unexport it first');
  }
}

/** The instance's port goes with its last volume, and whatever a crash left in it. */
export async function closeVolume(target: Target, key: VolumeKey, signal: AbortSignal): Promise<void> {
  const subsystem = target.subsystem(key);
  const record = await target.records.read(key);
  if (record !== undefined) {
    for (const identity of record.grants) {
      await subsystem.disallow(identity);
    }
    await subsystem.remove();
    await closeMapping(target.commands, plaintextName(record), signal);
  }
  await disconnectStorage(target.options.backends, key.attachmentId);
  const siblings = (await target.records.attachments(key.instanceId)).filter((id) => id !== key.attachmentId);
  if (siblings.length === 0) {
    await target.instance(key.instanceId).remove();
    target.listeners.delete(key.instanceId);
  }
  await removeUnusedPort(target.configfs, record?.portId);
  // Last: it is the only way back to all of this.
  await target.records.remove(key);
}
