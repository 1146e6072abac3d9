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
  const bytes = encodeAttributes(attributes, HEADER_BYTES);
  bytes.set([command, version]);
  return bytes;
}

/** @throws MalformedMessageError */
export function decodeGenericMessage(payload: Uint8Array): GenericMessage {
  requireLength(payload, HEADER_BYTES, 'generic netlink message');
  const [command = 0, version = 0] = payload;
  return { command, version, attributes: decodeAttributes(payload, HEADER_BYTES) };
}
