import { setTimeout as delay } from 'node:timers/promises';
import { QmpError } from '../../../qmp/qmp-error.ts';
import { admittedClients } from '../admitted-clients.ts';
import { blockNames } from '../identifiers.ts';
import type { Session } from '../session.ts';
import { readVolumeRecord, writeVolumeRecord } from '../volume-record.ts';
import { unexportVolume } from './unexport.ts';

/** QEMU has no event for the end of a connection. */
const LOOK_EVERY_MS = 50;

/** Lets nobody in any more, waits until the last client has gone, and ends the export. */
export async function drainVolume(session: Session, attachmentId: string, signal: AbortSignal): Promise<void> {
  const record = await readVolumeRecord(session.directory, attachmentId);
  if (record === undefined) {
    return;
  }
  await (await admittedClients(session.directory, session)).delete(record.grants);
  await writeVolumeRecord(session.directory, { ...record, grants: [] });
  while (await hasClients(session, attachmentId)) {
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
  await unexportVolume(session, attachmentId);
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
