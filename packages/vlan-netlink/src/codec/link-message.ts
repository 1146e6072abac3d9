import { type Attribute, decodeAttributes, encodeAttributes } from './attribute.ts';
import { littleEndian, requireLength, viewOf } from './bytes.ts';

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
  const attributes = encodeAttributes(message.attributes);
  const bytes = new Uint8Array(HEADER_BYTES + attributes.length);
  const view = viewOf(bytes);
  view.setUint8(0, message.family);
  view.setUint16(2, message.hardwareType, littleEndian);
  view.setInt32(4, message.index, littleEndian);
  view.setUint32(8, message.flags, littleEndian);
  view.setUint32(12, message.change, littleEndian);
  bytes.set(attributes, HEADER_BYTES);
  return bytes;
}

/** @throws MalformedMessageError */
export function decodeLinkMessage(payload: Uint8Array): LinkMessage {
  requireLength(payload, HEADER_BYTES, 'link message');
  const view = viewOf(payload);
  return {
    family: view.getUint8(0),
    hardwareType: view.getUint16(2, littleEndian),
    index: view.getInt32(4, littleEndian),
    flags: view.getUint32(8, littleEndian),
    change: view.getUint32(12, littleEndian),
    attributes: decodeAttributes(payload.subarray(HEADER_BYTES)),
  };
}
