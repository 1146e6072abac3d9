import { DriverError, type ResizeRequest, type VolumeState } from '../../../contract.ts';
import { type OpenVolume, readState, requireOpenVolume, topNode } from '../open-volume.ts';
import type { Session } from '../session.ts';
import { exportVolume } from './export.ts';
import { unexportVolume } from './unexport.ts';

/**
 * Takes over a size that the storage already has. QEMU's NBD server holds a size fixed as long as it exports: the export
 * ends for a moment, and clients find the new size when they connect again.
 */
export async function resizeVolume(session: Session, { key, sizeBytes }: ResizeRequest): Promise<VolumeState> {
  const { attachmentId } = key;
  const volume = await requireOpenVolume(session, attachmentId);
  const has = topNode(volume).sizeBytes;
  if (sizeBytes < has) {
    throw new DriverError('bad_request', `sizeBytes is ${sizeBytes}, but the volume has ${has}: volumes never shrink`);
  }
  if (sizeBytes === has) {
    return readState(session, attachmentId);
  }
  const { export: exported } = volume.record;
  const wasExported = volume.export !== undefined && exported !== undefined;
  if (wasExported) {
    await unexportVolume(session, attachmentId);
  }
  try {
    await grow(session, volume, sizeBytes);
  } finally {
    if (wasExported) {
      await exportVolume(session, { key, exportName: exported.name, readOnly: exported.readOnly });
    }
  }
  const state = await readState(session, attachmentId);
  if (state.sizeBytes !== sizeBytes) {
    throw new DriverError('conflict', `asked for ${sizeBytes} bytes, but the storage has ${state.sizeBytes}`);
  }
  return state;
}

async function grow(session: Session, { names, record }: OpenVolume, sizeBytes: number): Promise<void> {
  if (record.readOnly) {
    throw new DriverError(
      'not_supported',
      'a volume that is open read-only takes its new size when it is opened again',
    );
  }
  await session.qmp.execute('block_resize', { 'node-name': names.raw, size: sizeBytes }, session.call);
}
