import { decodeAttributes, encodeAttributes } from '../../codec/attribute.ts';
import { text, u32 } from '../../codec/attribute-value.ts';
import { align, writeU32 } from '../../codec/bytes.ts';
import { ControlType, encodeMessage, MESSAGE_HEADER_BYTES, type Message, MessageFlag } from '../../codec/message.ts';
import type { Refusal } from './refusal.ts';

const MULTI = MessageFlag.multi;
/** Bytes of the fixed part in rtnetlink requests: links, addresses, routes, neighbours. */
const fixedBytes: readonly number[] = [16, 8, 12, 12];
/** So much of a dump goes into one datagram. */
const PART_BYTES = 32 * 1024;

/** A message that is an answer to `request`, or (`undefined`) a change that nobody asked for. */
export function message(type: number, payload: Uint8Array, request?: Message, port = 0, flags = 0): Uint8Array {
  return encodeMessage({ type, flags, sequence: request?.sequence ?? 0, port, payload });
}

/** NLMSG_ERROR with errno 0. */
export function acknowledgement(request: Message, port: number): Uint8Array {
  return message(ControlType.error, errorPayload(request, 0, new Uint8Array(0)), request, port, MessageFlag.capped);
}

/** NLMSG_ERROR with an errno and an extended ACK. */
export function refusal(request: Message, port: number, { errno, message: words, path }: Refusal): Uint8Array {
  const offset = path.length === 0 ? undefined : attributeOffset(request, path);
  const details = encodeAttributes([
    ...(words === '' ? [] : [text(1, words)]),
    ...(offset === undefined ? [] : [u32(2, offset)]),
  ]);
  const flags = MessageFlag.capped | (details.length === 0 ? 0 : MessageFlag.ackAttributes);
  return message(ControlType.error, errorPayload(request, errno, details), request, port, flags);
}

function errorPayload(
  { type, flags, sequence, port, payload }: Message,
  errno: number,
  details: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(4 + MESSAGE_HEADER_BYTES + details.length);
  writeU32(bytes, 0, -errno);
  // Capped: the request's header without its payload, but with its true length.
  const header = encodeMessage({ type, flags, sequence, port, payload: new Uint8Array(0) });
  writeU32(header, 0, MESSAGE_HEADER_BYTES + payload.length);
  bytes.set(header, 4);
  bytes.set(details, 4 + MESSAGE_HEADER_BYTES);
  return bytes;
}

/** In the request, from its first byte. */
function attributeOffset({ type, payload }: Message, path: readonly number[]): number | undefined {
  let start = fixedBytes[(type - 16) >> 2] ?? 0;
  let bytes = payload;
  let position = MESSAGE_HEADER_BYTES + start;
  for (const [depth, wanted] of path.entries()) {
    let found = false;
    for (const { type: one, payload: inner } of decodeAttributes(bytes, start)) {
      if (one === wanted) {
        if (depth === path.length - 1) return position;
        [bytes, start, position, found] = [inner, 0, position + 4, true];
        break;
      }
      position += 4 + align(inner.length);
    }
    if (!found) return undefined;
  }
  return undefined;
}

/** The datagrams of a dump, and its end. */
export function dump(type: number, payloads: readonly Uint8Array[], request: Message, port: number): Uint8Array[] {
  const datagrams: Uint8Array[] = [];
  let parts: Uint8Array[] = [];
  let bytes = 0;
  const flush = (): void => {
    if (parts.length > 0) datagrams.push(Buffer.concat(parts));
    [parts, bytes] = [[], 0];
  };
  for (const payload of payloads) {
    const part = message(type, payload, request, port, MULTI);
    if (bytes + part.length > PART_BYTES) flush();
    parts.push(part);
    bytes += part.length;
  }
  flush();
  datagrams.push(message(ControlType.done, new Uint8Array(4), request, port, MULTI));
  return datagrams;
}
