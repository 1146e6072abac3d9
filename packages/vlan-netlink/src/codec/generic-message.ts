import { type Attribute, decodeAttributes, encodeAttributes } from './attribute.ts';
import { requireLength } from './bytes.ts';

/** A message of a generic netlink family (`struct genlmsghdr`, `<linux/genetlink.h>`). */
export interface GenericMessage {
  readonly command: number;
  readonly version: number;
  readonly attributes: readonly Attribute[];
}

const HEADER_BYTES = 4;

export function encodeGenericMessage({ command, version, attributes }: GenericMessage): Uint8Array {
  const encoded = encodeAttributes(attributes);
  const bytes = new Uint8Array(HEADER_BYTES + encoded.length);
  bytes.set([command, version]);
  bytes.set(encoded, HEADER_BYTES);
  return bytes;
}

/** @throws MalformedMessageError */
export function decodeGenericMessage(payload: Uint8Array): GenericMessage {
  requireLength(payload, HEADER_BYTES, 'generic netlink message');
  const [command = 0, version = 0] = payload;
  return { command, version, attributes: decodeAttributes(payload.subarray(HEADER_BYTES)) };
}
