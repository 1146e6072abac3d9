import { disconnectStorage } from '../../../backends/connect-storage.ts';
import { DriverError } from '../../../contract.ts';
import { admittedClients } from '../admitted-clients.ts';
import { readNodeNames } from '../block-graph.ts';
import { takeDown } from '../build-volume.ts';
import { endCounting } from '../counting.ts';
import { stopDaemon } from '../daemon.ts';
import { blockNames } from '../identifiers.ts';
import type { InstanceDirectory } from '../instance-directory.ts';
import { findOpenVolume } from '../open-volume.ts';
import type { ResolvedOptions } from '../options.ts';
import { openSession, type Session } from '../session.ts';
import { removeWhatStagesLeft } from '../stages.ts';
import { readVolumeRecord, readVolumeRecords, removeVolumeRecord, writeVolumeRecord } from '../volume-record.ts';

/** Closes a volume that isn't exported; the daemon ends with its last one. */
export async function closeVolume(
  options: ResolvedOptions,
  directory: InstanceDirectory,
  attachmentId: string,
  signal: AbortSignal,
): Promise<void> {
  const session = await openSession(options, directory, signal);
  if (session === undefined) {
    // No process, so nothing is open: what lies here is left over from one that died, or of use to `adopt`.
    const left = await readVolumeRecord(directory, attachmentId);
    await (await admittedClients(directory, session)).delete(left?.grants ?? []);
    await removeWhatStagesLeft(options, attachmentId, signal);
    await disconnectStorage(options.backends, attachmentId);
    await endCounting(directory, attachmentId);
    await removeVolumeRecord(directory, attachmentId);
    if ((await readVolumeRecords(directory)).length === 0) {
      await directory.remove();
    }
    return;
  }
  try {
    await closeNodes(options, session, attachmentId);
    await disconnectStorage(options.backends, attachmentId);
    await removeVolumeRecord(directory, attachmentId);
    if ((await readVolumeRecords(directory)).length > 0) {
      return;
    }
  } finally {
    session.qmp.close();
  }
  await stopDaemon(options, directory, session.process);
}

async function closeNodes(options: ResolvedOptions, session: Session, attachmentId: string): Promise<void> {
  const volume = await findOpenVolume(session, attachmentId);
  if (volume?.export !== undefined) {
    throw new DriverError('conflict', 'still exported; unexport it first');
  }
  const { directory } = session;
  const record = await readVolumeRecord(directory, attachmentId);
  if (record !== undefined) {
    await (await admittedClients(directory, session)).delete(record.grants);
    await writeVolumeRecord(directory, { ...record, grants: [], incomplete: true });
  }
  await takeDown(options, session, attachmentId);
  const { prefix } = blockNames(attachmentId);
  const left = [...(await readNodeNames(session))].filter((name) => name.startsWith(prefix));
  if (left.length > 0) {
    throw new DriverError('data_plane_failed', `qemu-storage-daemon still has ${left.join(', ')} after closing it`);
  }
}
