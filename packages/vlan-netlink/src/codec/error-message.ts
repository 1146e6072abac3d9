import { decodeAttributes } from './attribute.ts';
import { findText, findU32 } from './attribute-value.ts';
import { align, readU32, requireLength } from './bytes.ts';
import { MalformedMessageError } from './malformed-message-error.ts';
import { MESSAGE_HEADER_BYTES, type Message, MessageFlag } from './message.ts';

/** What the kernel adds to an error (`NLMSGERR_ATTR_*`), when the socket asked for it with NETLINK_EXT_ACK. */
export interface ExtendedAck {
  /** The kernel's own words. */
  readonly message?: string;
  /** Byte offset of the attribute that it dislikes, in the request. */
  readonly attributeOffset?: number;
  /** Type of an attribute that the request lacks. */
  readonly missingType?: number;
}

/** Answer to a request: an acknowledgement (errno 0) or an error (`struct nlmsgerr`, `<linux/netlink.h>`). */
export interface ErrorMessage {
  /** Positive errno, 0 = success. */
  readonly errno: number;
  readonly extendedAck: ExtendedAck;
}

function decodeExtendedAck(bytes: Uint8Array): ExtendedAck {
  const attributes = decodeAttributes(bytes);
  const message = findText(attributes, 1);
  const attributeOffset = findU32(attributes, 2);
  const missingType = findU32(attributes, 5);
  return {
    ...(message !== undefined && { message }),
    ...(attributeOffset !== undefined && { attributeOffset }),
    ...(missingType !== undefined && { missingType }),
  };
}

function positiveErrno(payload: Uint8Array): number {
  const error = readU32(payload, 0) | 0;
  if (error > 0 || error < -4095) throw new MalformedMessageError(`error number ${error}`, 0);
  return error === 0 ? 0 : -error;
}

/** @throws MalformedMessageError */
export function decodeErrorMessage({ flags, payload }: Message): ErrorMessage {
  requireLength(payload, 4 + MESSAGE_HEADER_BYTES, 'error message');
  const errno = positiveErrno(payload);
  if ((flags & MessageFlag.ackAttributes) === 0) return { errno, extendedAck: {} };
  const requestLength = readU32(payload, 4);
  const echoed = (flags & MessageFlag.capped) !== 0 || errno === 0 ? MESSAGE_HEADER_BYTES : requestLength;
  if (echoed < MESSAGE_HEADER_BYTES || echoed > payload.length - 4) {
    throw new MalformedMessageError(`echoed request of ${echoed} bytes`, 4);
  }
  return { errno, extendedAck: decodeExtendedAck(payload.subarray(Math.min(4 + align(echoed), payload.length))) };
}

/** The end of a dump: positive errno (0 = success), and the extended ACK that may follow. */
export function decodeDoneMessage({ flags, payload }: Message): ErrorMessage {
  if (payload.length === 0) return { errno: 0, extendedAck: {} };
  requireLength(payload, 4, 'end of dump');
  const errno = positiveErrno(payload);
  const more = (flags & MessageFlag.ackAttributes) !== 0;
  return { errno, extendedAck: more ? decodeExtendedAck(payload.subarray(4)) : {} };
}
