import type * as http from 'node:http';
import { CinderFault } from './cinder-fault.ts';

/** Cinder's own bound (`osapi_max_request_body_size`), in bytes. */
const MAX_BODY_BYTES = 114_688;

/**
 * The whole body of a request.
 *
 * @throws CinderFault 413 when it is longer than `limitBytes`, 400 when the client stopped in the middle of it
 */
export async function readRequestBody(
  request: http.IncomingMessage,
  limitBytes: number = MAX_BODY_BYTES,
): Promise<Buffer> {
  const tooLarge = () =>
    new CinderFault(413, `The request's body is longer than ${limitBytes} bytes; nothing was changed.`);
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  return await new Promise<Buffer>((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      // What is too long is read on and thrown away, so that the client gets to read the answer.
      if (length <= limitBytes) chunks.push(chunk);
      else reject(tooLarge());
    });
    const truncated = (cause?: unknown) =>
      reject(new CinderFault(400, 'The request ended in the middle of its body; nothing was changed.', cause));
    request.once('end', () => (request.complete ? resolve(Buffer.concat(chunks)) : truncated()));
    request.once('error', truncated);
    request.once('close', () => truncated());
  });
}
