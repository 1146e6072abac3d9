import { DriverError, type ExportRequest, type VolumeState } from '../../../contract.ts';
import { requireDecrypted, startExport } from '../block-export.ts';
import { findOpenVolumes, readState, requireOpenVolume } from '../open-volume.ts';
import type { ResolvedOptions } from '../options.ts';
import { forUndoing, type Session } from '../session.ts';
import { requireRecordedStages } from '../stages.ts';
import { writeVolumeRecord } from '../volume-record.ts';
import { unexportVolume } from './unexport.ts';

/** Offers the volume to NBD clients that hold a granted key. */
export async function exportVolume(
  options: ResolvedOptions,
  session: Session,
  request: ExportRequest,
): Promise<VolumeState> {
  const { attachmentId } = request.key;
  const volume = await requireRecordedStages(options, session, await requireOpenVolume(session, attachmentId));
  if (volume.raw.readOnly && !request.readOnly) {
    throw new DriverError('bad_request', 'the volume was opened read-only and can only be exported read-only');
  }
  requireDecrypted(volume);
  const wanted = { name: request.exportName, readOnly: request.readOnly };
  const { record } = volume;
  if (volume.export !== undefined && !volume.export.shuttingDown && record.export?.ending !== true) {
    if (record.export?.name === wanted.name && record.export.readOnly === wanted.readOnly) {
      return readState(session, attachmentId);
    }
    const now = `"${record.export?.name}" (${record.export?.readOnly === true ? 'read-only' : 'writable'})`;
    throw new DriverError('conflict', `already exported as ${now}; unexport it first`);
  }
  await refuseSameName(session, request);
  // An earlier, unfinished unexport.
  await unexportVolume(session, attachmentId);
  await writeVolumeRecord(session.directory, { ...record, export: wanted });
  try {
    await startExport(session, volume, wanted);
  } catch (error) {
    await unexportVolume(forUndoing(session), attachmentId);
    throw error;
  }
  return readState(session, attachmentId);
}

async function refuseSameName(session: Session, { key, exportName }: ExportRequest): Promise<void> {
  const others = (await findOpenVolumes(session)).filter(({ record }) => record.attachmentId !== key.attachmentId);
  const same = others.find(
    ({ record, export: exported }) => exported !== undefined && record.export?.name === exportName,
  );
  if (same !== undefined) {
    const { attachmentId } = same.record;
    throw new DriverError(
      'conflict',
      `the instance's attachment ${attachmentId} is already exported as "${exportName}"`,
    );
  }
}
