import { type Attribute, decodeAttributes, encodeAttributes } from './attribute.ts';
import { readU16, readU32, requireLength, writeU16, writeU32 } from './bytes.ts';

/** RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK (`struct ifinfomsg`, `<linux/rtnetlink.h>`). */
export interface LinkMessage {
  readonly family: number;
  /** ARPHRD_*. */
  readonly hardwareType: number;
  readonly index: number;
  /** IFF_*. */
  readonly flags: number;
  /** Which flags a request means to change. */
  readonly change: number;
  readonly attributes: readonly Attribute[];
}

const HEADER_BYTES = 16;

export function encodeLinkMessage(message: LinkMessage): Uint8Array {
  const bytes = encodeAttributes(message.attributes, HEADER_BYTES);
  bytes[0] = message.family;
  writeU16(bytes, 2, message.hardwareType);
  writeU32(bytes, 4, message.index);
  writeU32(bytes, 8, message.flags);
  writeU32(bytes, 12, message.change);
  return bytes;
}

/**
 * @param wanted as in {@link decodeAttributes}.
 * @throws MalformedMessageError
 */
export function decodeLinkMessage(payload: Uint8Array, wanted?: ReadonlySet<number>): LinkMessage {
  requireLength(payload, HEADER_BYTES, 'link message');
  return {
    family: payload[0] ?? 0,
    hardwareType: readU16(payload, 2),
    index: readU32(payload, 4) | 0,
    flags: readU32(payload, 8),
    change: readU32(payload, 12),
    attributes: decodeAttributes(payload, HEADER_BYTES, wanted),
  };
}
