import { QmpError } from '../../../qmp/qmp-error.ts';
import { admittedClients } from '../admitted-clients.ts';
import { blockNames } from '../identifiers.ts';
import type { Session } from '../session.ts';
import { readVolumeRecord, writeVolumeRecord } from '../volume-record.ts';
import { unexportVolume } from './unexport.ts';

/** Lets nobody in any more. */
export async function revokeAll(session: Session, attachmentId: string): Promise<void> {
  const record = await readVolumeRecord(session.directory, attachmentId);
  if (record !== undefined) {
    await (await admittedClients(session.directory, session)).delete(record.grants);
    await writeVolumeRecord(session.directory, { ...record, grants: [] });
  }
}

/** Ends the export if nobody uses it, and answers whether it did. QEMU has no event for the end of a connection. */
export async function unexportUnused(session: Session, attachmentId: string): Promise<boolean> {
  if (await hasClients(session, attachmentId)) {
    return false;
  }
  await unexportVolume(session, attachmentId);
  return true;
}

/** A deletion in mode `safe` is refused exactly as long as somebody is connected. */
async function hasClients(session: Session, attachmentId: string): Promise<boolean> {
  try {
    await session.qmp.call('block-export-del', { id: blockNames(attachmentId).export, mode: 'safe' }, session.call);
    return false;
  } catch (error) {
    if (error instanceof QmpError && error.code === 'command_failed') {
      return error.description?.includes('still in use') === true;
    }
    throw error;
  }
}
