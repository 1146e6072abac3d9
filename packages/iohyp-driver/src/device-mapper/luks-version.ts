import { open } from 'node:fs/promises';

/** LUKS on-disk formats 1 and 2: both begin with a magic and a big-endian 16-bit version. */
const MAGIC = Buffer.from('LUKS\xba\xbe', 'latin1');

/** Version of the header that a block device or file begins with; undefined without one. */
export async function luksVersion(path: string): Promise<number | undefined> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAGIC.length + 2), 0, MAGIC.length + 2, 0);
    const found = bytesRead === buffer.length && buffer.subarray(0, MAGIC.length).equals(MAGIC);
    return found ? buffer.readUInt16BE(MAGIC.length) : undefined;
  } finally {
    await file.close();
  }
}
