import { type Attribute, attribute, findPayload } from './attribute.ts';
import { littleEndian, viewOf } from './bytes.ts';
import { MalformedMessageError } from './malformed-message-error.ts';

export function u8(type: number, value: number): Attribute {
  return attribute(type, Uint8Array.of(value));
}

export function u16(type: number, value: number): Attribute {
  const payload = new Uint8Array(2);
  viewOf(payload).setUint16(0, value, littleEndian);
  return attribute(type, payload);
}

/** Big-endian, as the kernel has ports and Ethernet types. */
export function u16NetworkOrder(type: number, value: number): Attribute {
  const payload = new Uint8Array(2);
  viewOf(payload).setUint16(0, value, false);
  return attribute(type, payload);
}

export function u32(type: number, value: number): Attribute {
  const payload = new Uint8Array(4);
  viewOf(payload).setUint32(0, value, littleEndian);
  return attribute(type, payload);
}

/** Big-endian, as the kernel has keys of tunnels. */
export function u32NetworkOrder(type: number, value: number): Attribute {
  const payload = new Uint8Array(4);
  viewOf(payload).setUint32(0, value, false);
  return attribute(type, payload);
}

export function u64(type: number, value: bigint): Attribute {
  const payload = new Uint8Array(8);
  viewOf(payload).setBigUint64(0, value, littleEndian);
  return attribute(type, payload);
}

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder();

/** A string with its final zero byte, as the kernel wants names. */
export function text(type: number, value: string): Attribute {
  return attribute(type, textEncoder.encode(`${value}\0`));
}

function sized(attributes: readonly Attribute[], type: number, bytes: number): DataView | undefined {
  const payload = findPayload(attributes, type);
  if (payload === undefined) return undefined;
  if (payload.length !== bytes) {
    throw new MalformedMessageError(`attribute ${type} has ${payload.length} bytes, expected ${bytes}`, 0);
  }
  return viewOf(payload);
}

/** Each `find…` answers `undefined` when the attribute is absent, and throws MalformedMessageError on a wrong size. */
export function findU8(attributes: readonly Attribute[], type: number): number | undefined {
  return sized(attributes, type, 1)?.getUint8(0);
}

export function findU16(attributes: readonly Attribute[], type: number): number | undefined {
  return sized(attributes, type, 2)?.getUint16(0, littleEndian);
}

export function findU16NetworkOrder(attributes: readonly Attribute[], type: number): number | undefined {
  return sized(attributes, type, 2)?.getUint16(0, false);
}

export function findU32(attributes: readonly Attribute[], type: number): number | undefined {
  return sized(attributes, type, 4)?.getUint32(0, littleEndian);
}

export function findU32NetworkOrder(attributes: readonly Attribute[], type: number): number | undefined {
  return sized(attributes, type, 4)?.getUint32(0, false);
}

export function findU64(attributes: readonly Attribute[], type: number): bigint | undefined {
  return sized(attributes, type, 8)?.getBigUint64(0, littleEndian);
}

export function findI32(attributes: readonly Attribute[], type: number): number | undefined {
  return sized(attributes, type, 4)?.getInt32(0, littleEndian);
}

/** Text up to its first zero byte. */
export function decodeText(payload: Uint8Array): string {
  let ascii = '';
  for (const byte of payload) {
    if (byte === 0) return ascii;
    // Names are ASCII nearly always, and a decoder costs more than all the rest of a dump.
    if (byte >= 0x80) return decodeUnicode(payload);
    ascii += String.fromCharCode(byte);
  }
  return ascii;
}

function decodeUnicode(payload: Uint8Array): string {
  const end = payload.indexOf(0);
  return textDecoder.decode(end === -1 ? payload : payload.subarray(0, end));
}

/** {@link decodeText} of the first attribute of this type. */
export function findText(attributes: readonly Attribute[], type: number): string | undefined {
  const payload = findPayload(attributes, type);
  return payload === undefined ? undefined : decodeText(payload);
}
