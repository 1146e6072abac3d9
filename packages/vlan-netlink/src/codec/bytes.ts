import { MalformedMessageError } from './malformed-message-error.ts';

/** A view that shares the memory of `bytes`. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Netlink speaks the byte order of the machine; both supported ones (x86-64, arm64) are little-endian. */
export const littleEndian = true;

/** As `viewOf(bytes).getUint16`, without making a view: most messages are small, and views cost more than reading them. */
export function readU16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8);
}

/** As `viewOf(bytes).getUint32`. */
export function readU32(bytes: Uint8Array, offset: number): number {
  return (readU16(bytes, offset) | (readU16(bytes, offset + 2) << 16)) >>> 0;
}

/** As `viewOf(bytes).setUint16`. */
export function writeU16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value;
  bytes[offset + 1] = value >>> 8;
}

/** As `viewOf(bytes).setUint32`. */
export function writeU32(bytes: Uint8Array, offset: number, value: number): void {
  writeU16(bytes, offset, value);
  writeU16(bytes, offset + 2, value >>> 16);
}

/** Messages and attributes start at multiples of four bytes (NLMSG_ALIGNTO, NLA_ALIGNTO). */
export function align(length: number): number {
  return (length + 3) & ~3;
}

/** Refuses a payload that is too short for its fixed header. */
export function requireLength(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length < length) throw new MalformedMessageError(`${what} of ${bytes.length} bytes, expected ${length}`, 0);
}
