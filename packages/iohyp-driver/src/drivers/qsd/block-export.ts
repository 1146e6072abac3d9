import { DriverError } from '../../contract.ts';
import { stageOfBlockDriver } from '../../interposers/registry.ts';
import { QmpError } from '../../qmp/qmp-error.ts';
import { readBlockGraph } from './block-graph.ts';
import { blockNames } from './identifiers.ts';
import { servedBy } from './io-thread.ts';
import { type OpenVolume, topNode } from './open-volume.ts';
import type { Session } from './session.ts';
import type { VolumeRecord } from './volume-record.ts';

/** @throws {DriverError} `conflict` for ciphertext that no stage decrypts */
export function requireDecrypted({ record, stages }: OpenVolume): void {
  if (record.encrypted && !stages.some(({ driver }) => stageOfBlockDriver(driver)?.kind === 'luks')) {
    throw new DriverError('conflict', 'the volume is encrypted, and no "luks" stage decrypts it: interpose one first');
  }
}

/** Lets the daemon offer the top of the volume to clients. Its record is the caller's. */
export async function startExport(
  session: Session,
  volume: OpenVolume,
  { name, readOnly }: NonNullable<VolumeRecord['export']>,
): Promise<void> {
  requireDecrypted(volume);
  await session.qmp.call(
    'block-export-add',
    {
      type: 'nbd',
      id: volume.names.export,
      'node-name': topNode(volume).name,
      name,
      writable: !readOnly,
      ...servedBy(session, volume.record.attachmentId),
    },
    session.call,
  );
}

/** Ends the export and its connections, and resolves when the daemon says that it is gone, with the last request done. */
export async function endExport(session: Session, attachmentId: string): Promise<void> {
  const { export: id } = blockNames(attachmentId);
  if (!(await readBlockGraph(session)).exports.has(id)) {
    return;
  }
  const gone = session.qmp.waitForEvent('BLOCK_EXPORT_DELETED', (data) => data.id === id, session.call);
  // Handled below; this only keeps it from being reported as unhandled while the command fails.
  gone.catch(() => {});
  if (await startDeletion(session, id)) {
    await gone;
  }
  if ((await readBlockGraph(session)).exports.has(id)) {
    throw new DriverError('data_plane_failed', 'qemu-storage-daemon still has the export after removing it');
  }
}

/** `hard` drops clients: what they have in flight is finished, and they see their connection end. */
async function startDeletion(session: Session, id: string): Promise<boolean> {
  try {
    await session.qmp.call('block-export-del', { id, mode: 'hard' }, session.call);
    return true;
  } catch (error) {
    if (error instanceof QmpError && error.description?.includes('is not found') === true) {
      return false;
    }
    // An earlier attempt began it: its end is announced all the same.
    if (error instanceof QmpError && error.description?.includes('already shutting down') === true) {
      return true;
    }
    throw error;
  }
}
