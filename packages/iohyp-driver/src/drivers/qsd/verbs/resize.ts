import { DriverError, type ResizeRequest, type VolumeState } from '../../../contract.ts';
import { buildVolume } from '../build-volume.ts';
import { readState, requireOpenVolume } from '../open-volume.ts';
import type { ResolvedOptions } from '../options.ts';
import type { Session } from '../session.ts';
import { readStages } from '../stages.ts';

/**
 * Takes over a size that the storage already has, by opening it anew: so the storage itself is never changed from here,
 * and every backend can. QEMU's NBD server holds a size fixed as long as it exports, so clients must connect again anyway.
 */
export async function resizeVolume(
  options: ResolvedOptions,
  session: Session,
  { key, sizeBytes }: ResizeRequest,
): Promise<VolumeState> {
  const volume = await requireOpenVolume(session, key.attachmentId);
  const before = await readState(session, key.attachmentId);
  if (sizeBytes < before.sizeBytes) {
    const text = `sizeBytes is ${sizeBytes}, but the volume has ${before.sizeBytes}: volumes never shrink`;
    throw new DriverError('bad_request', text);
  }
  if (sizeBytes === before.sizeBytes) {
    return before;
  }
  const interposers = await readStages(session, volume);
  await buildVolume(options, session, { ...volume.record, interposers });
  const after = await readState(session, key.attachmentId);
  if (after.sizeBytes < sizeBytes) {
    throw new DriverError('conflict', `asked for ${sizeBytes} bytes, but the storage has ${after.sizeBytes}`, {
      retryable: true,
    });
  }
  return after;
}
