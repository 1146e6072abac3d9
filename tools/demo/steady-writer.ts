import { open } from 'node:fs/promises';

/** Writes to a disk without pause, each block flushed, as a busy guest does. */
export interface SteadyWriter {
  /** Blocks that are on the disk. */
  readonly written: number;
  /** Resolves when `more` further blocks are on the disk. */
  waitFor(more: number): Promise<void>;
  /** Ends after the current block; throws what a write failed with. */
  stop(): Promise<void>;
}

/** Generous: a machine that is busy with other things is slow, too. */
const WAIT_MS = 60_000;

export const BLOCK_BYTES = 4096;

/** The contents of a block: its number, over and over. */
export function block(number: number): Buffer {
  const bytes = Buffer.alloc(BLOCK_BYTES);
  for (let offset = 0; offset < BLOCK_BYTES; offset += 8) bytes.writeBigUInt64LE(BigInt(number), offset);
  return bytes;
}

/** Writes block after block from the byte `start` on. */
export function startWriting(path: string, start: number): SteadyWriter {
  let written = 0;
  let stopping = false;
  let failure: unknown;
  const finished = (async () => {
    const disk = await open(path, 'r+');
    try {
      while (!stopping) {
        await disk.write(block(written), 0, BLOCK_BYTES, start + written * BLOCK_BYTES);
        await disk.datasync();
        written++;
      }
    } finally {
      await disk.close();
    }
  })().catch((error: unknown) => {
    failure = error;
  });
  return {
    get written() {
      return written;
    },
    waitFor: async (more) => {
      const goal = written + more;
      const deadline = Date.now() + WAIT_MS;
      while (written < goal) {
        if (failure !== undefined) throw failure;
        if (Date.now() > deadline)
          throw new Error(`the disk took only ${written} of ${goal} blocks within ${WAIT_MS / 1000} s`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    stop: async () => {
      stopping = true;
      await finished;
      if (failure !== undefined) throw failure;
    },
  };
}
