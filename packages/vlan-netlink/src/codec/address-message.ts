import { type Attribute, decodeAttributes, encodeAttributes } from './attribute.ts';
import { littleEndian, requireLength, viewOf } from './bytes.ts';

/** RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR (`struct ifaddrmsg`, `<linux/if_addr.h>`). */
export interface AddressMessage {
  readonly family: number;
  readonly prefixLength: number;
  /** The low eight IFA_F_*; all of them are in the attribute IFA_FLAGS. */
  readonly flags: number;
  /** RT_SCOPE_*. */
  readonly scope: number;
  /** Link index. */
  readonly index: number;
  readonly attributes: readonly Attribute[];
}

const HEADER_BYTES = 8;

export function encodeAddressMessage(message: AddressMessage): Uint8Array {
  const bytes = encodeAttributes(message.attributes, HEADER_BYTES);
  const view = viewOf(bytes);
  view.setUint8(0, message.family);
  view.setUint8(1, message.prefixLength);
  view.setUint8(2, message.flags);
  view.setUint8(3, message.scope);
  view.setUint32(4, message.index, littleEndian);
  return bytes;
}

/** @throws MalformedMessageError */
export function decodeAddressMessage(payload: Uint8Array): AddressMessage {
  requireLength(payload, HEADER_BYTES, 'address message');
  const view = viewOf(payload);
  return {
    family: view.getUint8(0),
    prefixLength: view.getUint8(1),
    flags: view.getUint8(2),
    scope: view.getUint8(3),
    index: view.getUint32(4, littleEndian),
    attributes: decodeAttributes(payload, HEADER_BYTES),
  };
}
