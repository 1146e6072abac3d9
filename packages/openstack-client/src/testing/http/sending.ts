import type { ServerResponse } from 'node:http';
import type { FakeAnswer } from './exchange.ts';

export function send(response: ServerResponse, answer: FakeAnswer): void {
  const { type, bytes } = payload(answer);
  response.writeHead(answer.status, {
    ...(type === undefined ? {} : { 'content-type': type }),
    'content-length': String(bytes.length),
    ...answer.headers,
  });
  response.end(bytes);
}

/** The head, half of the body, and then the connection breaks. */
export function sendHalf(response: ServerResponse, answer: FakeAnswer): void {
  const { type, bytes } = payload(answer);
  response.writeHead(answer.status, {
    ...(type === undefined ? {} : { 'content-type': type }),
    'content-length': String(Math.max(bytes.length, 2)),
    ...answer.headers,
  });
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  response.write(half.length === 0 ? ' ' : half, () => response.socket?.destroy());
}

function payload({ body, bytes }: FakeAnswer): { type: string | undefined; bytes: Buffer } {
  if (bytes !== undefined) return { type: 'application/octet-stream', bytes: Buffer.from(bytes) };
  if (body === undefined) return { type: undefined, bytes: Buffer.alloc(0) };
  if (typeof body === 'string') return { type: 'text/html; charset=UTF-8', bytes: Buffer.from(body) };
  return { type: 'application/json', bytes: Buffer.from(JSON.stringify(body)) };
}
