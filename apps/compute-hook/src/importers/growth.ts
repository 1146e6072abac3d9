import { type ImportedDisk, ImporterError } from './contract.ts';

export interface GrowingDisk {
  readonly attachmentId: string;
  /** For people: a path, or a connection. */
  readonly disk: string;
  /** What it has now; undefined where it is not imported. */
  readonly sizeBytes: number | undefined;
}

/**
 * Answers how large the disk is.
 *
 * @throws ImporterError `cannot_resize` for a disk that is not imported or is larger
 */
export function checkCanGrow({ attachmentId, disk, sizeBytes }: GrowingDisk, wantedBytes: number): number {
  const refused = (why: string): ImporterError => new ImporterError('cannot_resize', why, { attachmentId });
  if (sizeBytes === undefined)
    throw refused(`${disk} can't grow now: it is not imported; it has its new size when it is imported again`);
  if (sizeBytes > wantedBytes)
    throw refused(`${disk} has ${sizeBytes} bytes, and a disk in use is never made smaller: not ${wantedBytes}`);
  return sizeBytes;
}

/** Makes a disk that is imported grow. One that can't is kept as it is: that is no reason to take it away. */
export async function growIfPossible(grow: () => Promise<ImportedDisk>, asItIs: ImportedDisk): Promise<ImportedDisk> {
  try {
    return await grow();
  } catch (error) {
    if (!(error instanceof ImporterError) || error.code !== 'cannot_resize') throw error;
    return asItIs;
  }
}
