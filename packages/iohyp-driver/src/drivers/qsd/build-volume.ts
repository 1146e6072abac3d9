import { connectStorage } from '../../backends/connect-storage.ts';
import { prepareBackend } from '../../backends/registry.ts';
import { DriverError } from '../../contract.ts';
import { beginCounting } from './counting.ts';
import { blockNames } from './identifiers.ts';
import { addIoThread } from './io-thread.ts';
import { findOpenVolume } from './open-volume.ts';
import type { ResolvedOptions } from './options.ts';
import { signalOf } from './plaintext.ts';
import type { Session } from './session.ts';
import { placeVolume } from './side-cores.ts';
import { addStages, removeStages } from './stages.ts';
import { exportVolume } from './verbs/export.ts';
import { unexportVolume } from './verbs/unexport.ts';
import { addNodes, removeNodes, removeSecrets } from './volume-nodes.ts';
import { type VolumeRecord, writeVolumeRecord } from './volume-record.ts';

/** Makes a volume in the daemon what its record says: backend, stages, export. What there is of it is replaced. */
export async function buildVolume(options: ResolvedOptions, session: Session, was: VolumeRecord): Promise<void> {
  const { attachmentId } = was;
  let record = { ...was, core: await coreFor(options, session, was) };
  const { backend } = await prepareBackend(record.connectionInfo, options.backends, { willDecrypt: record.encrypted });
  if (backend.identity !== record.backendIdentity) {
    throw new DriverError(
      'wrong_volume',
      `${backend.description} is no longer the storage that was opened as ${record.description}`,
    );
  }
  await takeDown(session, attachmentId);
  try {
    await removeSecrets(session, attachmentId, backend);
    await addIoThread(options, session, attachmentId, record.core);
    const connected = await connectStorage(backend, attachmentId, signalOf(session));
    const counted = await beginCounting(session.directory, attachmentId, connected, was.counting);
    record = { ...record, counting: counted.counting };
    await addNodes(session, attachmentId, counted.backend, record.readOnly);
    await connected.verify(session.process.pid);
    await addStages(options, session, { names: blockNames(attachmentId), record }, record.interposers);
    if (record.export !== undefined) {
      const key = { instanceId: session.directory.instanceId, attachmentId };
      await exportVolume(session, { key, exportName: record.export.name, readOnly: record.export.readOnly });
    }
  } finally {
    // Taking down and exporting have changed it; what is wanted stays what it was, for the next attempt too.
    await writeVolumeRecord(session.directory, record);
  }
}

async function takeDown(session: Session, attachmentId: string): Promise<void> {
  await unexportVolume(session, attachmentId);
  const volume = await findOpenVolume(session, attachmentId);
  if (volume !== undefined) {
    await removeStages(session, volume);
  }
  await removeNodes(session, attachmentId);
}

/** The one it had, as long as the configuration still has it. */
async function coreFor(
  options: ResolvedOptions,
  session: Session,
  { core, attachmentId }: VolumeRecord,
): Promise<number | undefined> {
  const kept = core !== undefined && options.confinement?.cores?.includes(core) === true;
  return kept ? core : placeVolume(options, session, attachmentId);
}
