import { open } from 'node:fs/promises';

/** Writes and flushes. */
export async function writeAt(path: string, bytes: Buffer, position: number): Promise<void> {
  await using file = await open(path, 'r+');
  await file.write(bytes, 0, bytes.length, position);
  await file.sync();
}

export async function readAt(path: string, length: number, position: number): Promise<Buffer> {
  await using file = await open(path, 'r');
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  return bytes.subarray(0, bytesRead);
}
