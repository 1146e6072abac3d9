import { DriverError } from '../../../contract.ts';
import { QmpError } from '../../../qmp/qmp-error.ts';
import { readBlockGraph } from '../block-graph.ts';
import { blockNames } from '../identifiers.ts';
import type { Session } from '../session.ts';
import { readVolumeRecord, writeVolumeRecord } from '../volume-record.ts';

/** Ends the export and its connections, and resolves when the daemon says that it is gone, with the last request done. */
export async function unexportVolume(session: Session, attachmentId: string): Promise<void> {
  const { export: id } = blockNames(attachmentId);
  if ((await readBlockGraph(session)).exports.has(id)) {
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
  const record = await readVolumeRecord(session.directory, attachmentId);
  if (record?.export !== undefined) {
    const { export: _, ...rest } = record;
    await writeVolumeRecord(session.directory, rest);
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
