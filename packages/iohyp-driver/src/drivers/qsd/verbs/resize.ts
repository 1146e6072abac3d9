import { DriverError, type ResizeRequest, type VolumeState } from '../../../contract.ts';
import { buildVolume } from '../build-volume.ts';
import { readState, requireOpenVolume } from '../open-volume.ts';
import type { ResolvedOptions } from '../options.ts';
import type { Session } from '../session.ts';
import { readStages } from '../stages.ts';

/**
 * Takes over a size that the storage already has, by opening it anew: so the storage itself is never changed from here,
 * and every backend can. Sizes are the storage's: of an encrypted volume, those of the ciphertext. QEMU's NBD server holds a size fixed as long as it exports, so clients must connect again anyway.
 */
export async function resizeVolume(
  options: ResolvedOptions,
  session: Session,
  { key, sizeBytes }: ResizeRequest,
): Promise<VolumeState> {
  const volume = await requireOpenVolume(session, key.attachmentId);
  const { sizeBytes: before } = volume.raw;
  if (sizeBytes < before) {
    const text = `sizeBytes is ${sizeBytes}, but the volume has ${before}: volumes never shrink`;
    throw new DriverError('bad_request', text);
  }
  if (sizeBytes === before) {
    return readState(session, key.attachmentId);
  }
  const interposers = await readStages(session, volume);
  await buildVolume(options, session, { ...volume.record, interposers });
  const { sizeBytes: after } = (await requireOpenVolume(session, key.attachmentId)).raw;
  if (after < sizeBytes) {
    throw new DriverError('conflict', `asked for ${sizeBytes} bytes, but the storage has ${after}`, {
      retryable: true,
    });
  }
  return readState(session, key.attachmentId);
}
