import { DriverError, type ResizeRequest, type VolumeState } from '../../../contract.ts';
import { buildVolume, isAsRecorded } from '../build-volume.ts';
import { findOpenVolume, readState, requireOpenVolume } from '../open-volume.ts';
import type { ResolvedOptions } from '../options.ts';
import { notOpen, type Session } from '../session.ts';
import { readVolumeRecord } from '../volume-record.ts';

/**
 * Takes over a size that the storage already has, by opening it anew: so the storage itself is never changed from here,
 * and every backend can. Sizes are the storage's: of an encrypted volume, those of the ciphertext. QEMU's NBD server holds a size fixed as long as it exports, so clients must connect again anyway.
 */
export async function resizeVolume(
  options: ResolvedOptions,
  session: Session,
  { key, sizeBytes }: ResizeRequest,
): Promise<VolumeState> {
  const { attachmentId } = key;
  const record = await readVolumeRecord(session.directory, attachmentId);
  if (record === undefined || record.incomplete === true) {
    throw notOpen(session.directory, attachmentId);
  }
  const volume = await findOpenVolume(session, attachmentId);
  const before = volume?.raw.sizeBytes;
  if (before !== undefined && sizeBytes < before) {
    const text = `sizeBytes is ${sizeBytes}, but the volume has ${before}: volumes never shrink`;
    throw new DriverError('bad_request', text);
  }
  // What an earlier one that was cut short has left is put right, too, whatever size it has taken over.
  if (volume === undefined || sizeBytes !== before || !isAsRecorded(volume)) {
    await buildVolume(options, session, record);
  }
  const { sizeBytes: after } = (await requireOpenVolume(session, attachmentId)).raw;
  if (after < sizeBytes) {
    throw new DriverError('conflict', `asked for ${sizeBytes} bytes, but the storage has ${after}`, {
      retryable: true,
    });
  }
  return readState(session, attachmentId);
}
