import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { DriverError } from '../contract.ts';

/** `O_PATH` of open(2) on Linux, which Node has no name for: the file itself, without opening it. */
const O_PATH = 0o10000000;
/** Hundreds of times more than Ceph says of one image. */
const LONGEST_ANSWER_BYTES = 4 * 1024 * 1024;
const LENGTH_BYTES = 4;

/**
 * Asks a Ceph daemon or client on its admin socket. A command is JSON with a zero byte behind it, the answer its length in
 * four bytes, most significant first, and JSON (src/common/admin_socket.cc of Ceph).
 *
 * The socket lies where the process that made it may write: only a socket at this very name is taken, never a link that
 * leads to a service of the host.
 * @throws {DriverError} `data_plane_failed`, `timeout`, `aborted`
 */
export async function askAdminSocket(
  path: string,
  command: { readonly prefix: string },
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<unknown> {
  const doing = `"${command.prefix}" on Ceph's admin socket ${path}`;
  const bound = AbortSignal.timeout(timeoutMs);
  const handle = await open(path, O_PATH | constants.O_NOFOLLOW).catch((cause: unknown) => {
    throw failed(doing, String(cause), cause);
  });
  try {
    const text = await converse(handle, `${JSON.stringify(command)}\0`, doing, AbortSignal.any([signal, bound]));
    return parse(text, doing);
  } catch (error) {
    if (signal.aborted) {
      throw new DriverError('aborted', `${doing}: aborted`, { cause: error });
    }
    if (bound.aborted) {
      throw new DriverError('timeout', `${doing}: no answer within ${timeoutMs} ms`, { cause: error, retryable: true });
    }
    throw error;
  } finally {
    await handle.close();
  }
}

async function converse(handle: FileHandle, question: string, doing: string, signal: AbortSignal): Promise<string> {
  if (!(await handle.stat()).isSocket()) {
    throw failed(doing, 'it is no socket');
  }
  const socket = createConnection({ path: `/proc/self/fd/${handle.fd}`, signal });
  try {
    socket.write(question);
    const chunks: Buffer[] = [];
    let received = 0;
    for await (const chunk of socket) {
      const bytes = Buffer.from(chunk);
      chunks.push(bytes);
      received += bytes.length;
      const length = received < LENGTH_BYTES ? undefined : Buffer.concat(chunks).readUInt32BE(0);
      if (length !== undefined && length > LONGEST_ANSWER_BYTES) {
        throw failed(doing, `it announces an answer of ${length} bytes, at most ${LONGEST_ANSWER_BYTES} are taken`);
      }
      if (length !== undefined && received >= LENGTH_BYTES + length) {
        return Buffer.concat(chunks).toString('utf8', LENGTH_BYTES, LENGTH_BYTES + length);
      }
    }
    throw failed(doing, 'it hung up before it had answered');
  } catch (cause) {
    throw cause instanceof DriverError ? cause : failed(doing, String(cause), cause);
  } finally {
    socket.destroy();
  }
}

function parse(text: string, doing: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw failed(doing, 'its answer is no JSON', cause);
  }
}

function failed(doing: string, why: string, cause?: unknown): DriverError {
  return new DriverError('data_plane_failed', `${doing} failed: ${why}`, { cause, retryable: true });
}
