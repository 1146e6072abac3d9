import { endExport } from '../block-export.ts';
import type { Session } from '../session.ts';
import { readVolumeRecord, writeVolumeRecord } from '../volume-record.ts';

/** Ends the export and its connections. From the first moment on nobody begins it again: a crash in between is the end, too. */
export async function unexportVolume(session: Session, attachmentId: string): Promise<void> {
  const { directory } = session;
  const record = await readVolumeRecord(directory, attachmentId);
  if (record?.export !== undefined) {
    await writeVolumeRecord(directory, { ...record, export: { ...record.export, ending: true } });
  }
  await endExport(session, attachmentId);
  if (record?.export !== undefined) {
    const { export: _, ...rest } = record;
    await writeVolumeRecord(directory, rest);
  }
}
