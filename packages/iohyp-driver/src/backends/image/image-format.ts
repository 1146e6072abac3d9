import { open } from 'node:fs/promises';
import * as z from 'zod';
import { DriverError } from '../../contract.ts';
import type { BlockdevNode, BlockdevOptions } from '../backend.ts';

/** What Cinder says that a volume's file holds. Never probed: a guest may write any header into a raw volume. */
export type ImageFormat = 'raw' | 'qcow2';

export const imageFormat: z.ZodType<ImageFormat | null | undefined> = z
  .enum(['raw', 'qcow2'], { error: '"raw" or "qcow2"' })
  .nullish();

/**
 * Options of the node that makes the volume's content of the file's bytes; undefined for raw files. A qcow2 file that
 * names other files is refused: they would be opened with our rights, and shown to the guest.
 * @throws {DriverError} `unsafe_path`, `bad_connection_info`
 */
export async function imageNode(path: string, format: ImageFormat): Promise<BlockdevOptions | undefined> {
  if (format === 'raw') {
    return undefined;
  }
  const header = await readHeader(path);
  const refuse = (why: string): DriverError =>
    new DriverError('unsafe_path', `qcow2 file ${JSON.stringify(path)} ${why}`);
  if (header.length < HEADER_BYTES || header.readUInt32BE(0) !== MAGIC) {
    throw new DriverError(
      'bad_connection_info',
      `${JSON.stringify(path)} is said to be qcow2, but has no qcow2 header`,
    );
  }
  if (header.readBigUInt64BE(8) !== 0n) {
    throw refuse('has a backing file: flatten it (qemu-img rebase -b "")');
  }
  if (header.readUInt32BE(32) !== 0) {
    throw refuse('is encrypted by qcow2 itself, which Cinder never asks for');
  }
  const incompatibleFeatures = header.readUInt32BE(4) >= 3 ? header.readBigUInt64BE(72) : 0n;
  if ((incompatibleFeatures & EXTERNAL_DATA_FILE) !== 0n) {
    throw refuse('keeps its data in another file');
  }
  return { driver: 'qcow2', backing: null } satisfies Omit<Extract<BlockdevNode, { driver: 'qcow2' }>, 'file'>;
}

/** QEMU's docs/interop/qcow2.txt: length of the version 2 header and of what we read of version 3. */
const HEADER_BYTES = 80;
/** "QFI\xfb" */
const MAGIC = 0x514649fb;
const EXTERNAL_DATA_FILE = 4n;

async function readHeader(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
