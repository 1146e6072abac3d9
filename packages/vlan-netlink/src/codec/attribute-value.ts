import { type Attribute, attribute, findPayload } from './attribute.ts';
import { littleEndian, readU16, readU32, viewOf, writeU16, writeU32 } from './bytes.ts';
import { MalformedMessageError } from './malformed-message-error.ts';

export function u8(type: number, value: number): Attribute {
  const payload = new Uint8Array(1);
  payload[0] = value;
  return attribute(type, payload);
}

export function u16(type: number, value: number): Attribute {
  const payload = new Uint8Array(2);
  writeU16(payload, 0, value);
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
  writeU32(payload, 0, value);
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
  const payload = new Uint8Array(value.length + 1);
  for (let position = 0; position < value.length; position++) {
    const unit = value.charCodeAt(position);
    if (unit >= 0x80) return attribute(type, textEncoder.encode(`${value}\0`));
    payload[position] = unit;
  }
  return attribute(type, payload);
}

function sized(attributes: readonly Attribute[], type: number, bytes: number): Uint8Array | undefined {
  const payload = findPayload(attributes, type);
  if (payload === undefined) return undefined;
  if (payload.length !== bytes) {
    throw new MalformedMessageError(`attribute ${type} has ${payload.length} bytes, expected ${bytes}`, 0);
  }
  return payload;
}

/** Each `find…` answers `undefined` when the attribute is absent, and throws MalformedMessageError on a wrong size. */
export function findU8(attributes: readonly Attribute[], type: number): number | undefined {
  return sized(attributes, type, 1)?.[0];
}

export function findU16(attributes: readonly Attribute[], type: number): number | undefined {
  const payload = sized(attributes, type, 2);
  return payload === undefined ? undefined : readU16(payload, 0);
}

export function findU16NetworkOrder(attributes: readonly Attribute[], type: number): number | undefined {
  const payload = sized(attributes, type, 2);
  return payload === undefined ? undefined : viewOf(payload).getUint16(0, false);
}

export function findU32(attributes: readonly Attribute[], type: number): number | undefined {
  const payload = sized(attributes, type, 4);
  return payload === undefined ? undefined : readU32(payload, 0);
}

export function findU32NetworkOrder(attributes: readonly Attribute[], type: number): number | undefined {
  const payload = sized(attributes, type, 4);
  return payload === undefined ? undefined : viewOf(payload).getUint32(0, false);
}

export function findU64(attributes: readonly Attribute[], type: number): bigint | undefined {
  const payload = sized(attributes, type, 8);
  return payload === undefined ? undefined : viewOf(payload).getBigUint64(0, littleEndian);
}

export function findI32(attributes: readonly Attribute[], type: number): number | undefined {
  const payload = sized(attributes, type, 4);
  return payload === undefined ? undefined : readU32(payload, 0) | 0;
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
