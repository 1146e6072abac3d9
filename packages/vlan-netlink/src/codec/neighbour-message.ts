import { type Attribute, decodeAttributes, encodeAttributes } from './attribute.ts';
import { littleEndian, requireLength, viewOf } from './bytes.ts';

/** RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH (`struct ndmsg`, `<linux/neighbour.h>`). */
export interface NeighbourMessage {
  /** AF_INET, AF_INET6, or AF_BRIDGE for entries of forwarding databases. */
  readonly family: number;
  /** Link index. */
  readonly index: number;
  /** NUD_*. */
  readonly state: number;
  /** NTF_*. */
  readonly flags: number;
  /** RTN_*. */
  readonly type: number;
  readonly attributes: readonly Attribute[];
}

const HEADER_BYTES = 12;

export function encodeNeighbourMessage(message: NeighbourMessage): Uint8Array {
  const bytes = encodeAttributes(message.attributes, HEADER_BYTES);
  const view = viewOf(bytes);
  view.setUint8(0, message.family);
  view.setInt32(4, message.index, littleEndian);
  view.setUint16(8, message.state, littleEndian);
  view.setUint8(10, message.flags);
  view.setUint8(11, message.type);
  return bytes;
}

/** @throws MalformedMessageError */
export function decodeNeighbourMessage(payload: Uint8Array): NeighbourMessage {
  requireLength(payload, HEADER_BYTES, 'neighbour message');
  const view = viewOf(payload);
  return {
    family: view.getUint8(0),
    index: view.getInt32(4, littleEndian),
    state: view.getUint16(8, littleEndian),
    flags: view.getUint8(10),
    type: view.getUint8(11),
    attributes: decodeAttributes(payload, HEADER_BYTES),
  };
}
