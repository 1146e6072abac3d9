import { align, readU16, readU32, writeU16, writeU32 } from './bytes.ts';
import { MalformedMessageError } from './malformed-message-error.ts';

/** A netlink message (`struct nlmsghdr`, `<linux/netlink.h>`). */
export interface Message {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** The socket's address ("pid" in the header file). */
  readonly port: number;
  readonly payload: Uint8Array;
}

export const MESSAGE_HEADER_BYTES = 16;

/** Messages of netlink itself. */
export const ControlType: {
  readonly noop: 1;
  readonly error: 2;
  readonly done: 3;
  readonly overrun: 4;
} = { noop: 1, error: 2, done: 3, overrun: 4 };

/** `NLM_F_*`. */
export const MessageFlag: {
  readonly request: 0x1;
  readonly multi: 0x2;
  readonly ack: 0x4;
  readonly dumpInterrupted: 0x10;
  readonly dump: 0x300;
  readonly replace: 0x100;
  readonly exclusive: 0x200;
  readonly create: 0x400;
  readonly capped: 0x100;
  readonly ackAttributes: 0x200;
} = {
  request: 0x1,
  multi: 0x2,
  ack: 0x4,
  dumpInterrupted: 0x10,
  dump: 0x300,
  replace: 0x100,
  exclusive: 0x200,
  create: 0x400,
  capped: 0x100,
  ackAttributes: 0x200,
};

export function encodeMessage({ type, flags, sequence, port, payload }: Message): Uint8Array {
  const length = MESSAGE_HEADER_BYTES + payload.length;
  const bytes = new Uint8Array(align(length));
  writeU32(bytes, 0, length);
  writeU16(bytes, 4, type);
  writeU16(bytes, 6, flags);
  writeU32(bytes, 8, sequence);
  writeU32(bytes, 12, port);
  bytes.set(payload, MESSAGE_HEADER_BYTES);
  return bytes;
}

/**
 * All messages of a datagram. Payloads share memory with `bytes`.
 *
 * @throws MalformedMessageError
 */
export function decodeMessages(bytes: Uint8Array): Message[] {
  const messages: Message[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    if (bytes.length - offset < MESSAGE_HEADER_BYTES) throw new MalformedMessageError('cut message header', offset);
    const length = readU32(bytes, offset);
    if (length < MESSAGE_HEADER_BYTES || length > bytes.length - offset) {
      throw new MalformedMessageError(`message length ${length}`, offset);
    }
    messages.push({
      type: readU16(bytes, offset + 4),
      flags: readU16(bytes, offset + 6),
      sequence: readU32(bytes, offset + 8),
      port: readU32(bytes, offset + 12),
      payload: bytes.subarray(offset + MESSAGE_HEADER_BYTES, offset + length),
    });
    // Not `align(length)`: a length near 2^31 must not turn negative. It is at most bytes.length here.
    offset += length + ((4 - (length % 4)) % 4);
  }
  return messages;
}
