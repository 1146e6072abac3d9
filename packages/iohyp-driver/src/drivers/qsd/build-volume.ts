import type { PreparedBackend } from '../../backends/backend.ts';
import { connectStorage } from '../../backends/connect-storage.ts';
import { prepareBackend } from '../../backends/registry.ts';
import { DriverError } from '../../contract.ts';
import { endExport, startExport } from './block-export.ts';
import { beginCounting, endCounting } from './counting.ts';
import { blockNames } from './identifiers.ts';
import { addIoThread } from './io-thread.ts';
import { type OpenVolume, requireOpenVolume, topNode } from './open-volume.ts';
import type { ResolvedOptions } from './options.ts';
import { signalOf } from './plaintext.ts';
import { type Session, undone } from './session.ts';
import { placeVolume } from './side-cores.ts';
import { addStages, removeWhatStagesLeft, stagesStand } from './stages.ts';
import { addNodes, removeNamed } from './volume-nodes.ts';
import { type VolumeRecord, writeVolumeRecord } from './volume-record.ts';

/**
 * Makes a volume in the daemon what its record says: backend, stages, export. What there is of it is replaced. When that
 * fails midway it is tried once more, with bounds of its own: clients lose their volume for no shorter reason.
 * @throws {DriverError} `wrong_volume`, and nothing has changed
 */
export async function buildVolume(options: ResolvedOptions, session: Session, was: VolumeRecord): Promise<void> {
  const { backend } = await prepareBackend(was.connectionInfo, options.backends, { willDecrypt: was.encrypted });
  if (backend.identity !== was.backendIdentity) {
    throw new DriverError(
      'wrong_volume',
      `${backend.description} is no longer the storage that was opened as ${was.description}`,
    );
  }
  const record = { ...was, core: await coreFor(options, session, was) };
  await writeVolumeRecord(session.directory, record);
  try {
    await build(options, session, record, backend);
  } catch (error) {
    throw await undone(session, error, (bounded) => build(options, bounded, record, backend));
  }
}

async function build(
  options: ResolvedOptions,
  session: Session,
  record: VolumeRecord,
  backend: PreparedBackend,
): Promise<void> {
  const { attachmentId } = record;
  await takeDown(options, session, attachmentId);
  await addIoThread(options, session, attachmentId, record.core);
  const connected = await connectStorage(backend, attachmentId, signalOf(session));
  const { directory } = session;
  const { backend: counted, counting } = await beginCounting(directory, attachmentId, connected, record.counting);
  await writeVolumeRecord(directory, { ...record, counting });
  await addNodes(session, attachmentId, counted, record.readOnly);
  await connected.verify(session.process.pid);
  await addStages(options, session, { names: blockNames(attachmentId), record }, record.interposers);
  if (isExportWanted(record)) {
    await startExport(session, await requireOpenVolume(session, attachmentId), record.export);
  }
}

/** Removes whatever the daemon has of a volume. What is wanted of it stays recorded. */
export async function takeDown(options: ResolvedOptions, session: Session, attachmentId: string): Promise<void> {
  await endExport(session, attachmentId);
  await removeNamed(session, blockNames(attachmentId).prefix);
  await endCounting(session.directory, attachmentId);
  await removeWhatStagesLeft(options, attachmentId, signalOf(session));
}

/** Whether the daemon has the stages and the export that are recorded. */
export function isAsRecorded(volume: OpenVolume): boolean {
  const exported = volume.export !== undefined && !volume.export.shuttingDown;
  const stands = !exported || volume.export?.nodeName === topNode(volume).name;
  return stagesStand(volume) && exported === isExportWanted(volume.record) && stands;
}

function isExportWanted(
  record: VolumeRecord,
): record is VolumeRecord & { readonly export: NonNullable<VolumeRecord['export']> } {
  return record.export !== undefined && record.export.ending !== true;
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
