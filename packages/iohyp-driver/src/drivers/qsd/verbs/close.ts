import { disconnectStorage } from '../../../backends/connect-storage.ts';
import { DriverError } from '../../../contract.ts';
import { admittedClients } from '../admitted-clients.ts';
import { readBlockGraph } from '../block-graph.ts';
import { endCounting } from '../counting.ts';
import { stopDaemon } from '../daemon.ts';
import { blockNames } from '../identifiers.ts';
import type { InstanceDirectory } from '../instance-directory.ts';
import { findOpenVolume, findOpenVolumes } from '../open-volume.ts';
import type { ResolvedOptions } from '../options.ts';
import { closePlaintext } from '../plaintext.ts';
import { openSession, type Session } from '../session.ts';
import { removeStages } from '../stages.ts';
import { removeNodes } from '../volume-nodes.ts';
import { readVolumeRecord, readVolumeRecords, removeVolumeRecord } from '../volume-record.ts';

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
    await closePlaintext(attachmentId, signal);
    await disconnectStorage(options.backends, attachmentId);
    await endCounting(directory, attachmentId);
    await removeVolumeRecord(directory, attachmentId);
    if ((await readVolumeRecords(directory)).length === 0) {
      await directory.remove();
    }
    return;
  }
  try {
    await closeNodes(session, attachmentId);
    const record = await readVolumeRecord(directory, attachmentId);
    await (await admittedClients(directory, session)).delete(record?.grants ?? []);
    await disconnectStorage(options.backends, attachmentId);
    await removeVolumeRecord(directory, attachmentId);
    if ((await findOpenVolumes(session)).length > 0) {
      return;
    }
  } finally {
    session.qmp.close();
  }
  await stopDaemon(options, directory, session.process);
}

async function closeNodes(session: Session, attachmentId: string): Promise<void> {
  const volume = await findOpenVolume(session, attachmentId);
  if (volume?.export !== undefined) {
    throw new DriverError('conflict', 'still exported; unexport it first');
  }
  const names = blockNames(attachmentId);
  if (volume !== undefined) {
    await removeStages(session, volume);
  }
  await removeNodes(session, attachmentId);
  const { nodes } = await readBlockGraph(session);
  if (nodes.has(names.raw) || nodes.has(names.storage)) {
    throw new DriverError('data_plane_failed', 'qemu-storage-daemon still has the volume after closing it');
  }
}
