import type { ExportAccess } from '@iorcl/api';
import { ImporterError } from './contract.ts';
import { nbdAccess } from './nbd-access.ts';
import { where } from './storage-daemon/storage-daemon.ts';

/**
 * Refuses a disk of another size than its export was announced with: it may be another volume.
 *
 * @throws ImporterError `size_differs`
 */
export function checkSize(attachmentId: string, access: ExportAccess, sizeBytes: number): void {
  if (sizeBytes === access.sizeBytes) return;
  const message = `the disk has ${sizeBytes} bytes, but the export ${where(nbdAccess(access, attachmentId))} was announced with ${access.sizeBytes}`;
  throw new ImporterError('size_differs', message, { attachmentId });
}
