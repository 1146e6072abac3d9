import { MalformedMessageError } from './malformed-message-error.ts';

/** A view that shares the memory of `bytes`. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Netlink speaks the byte order of the machine; both supported ones (x86-64, arm64) are little-endian. */
export const littleEndian = true;

/** Messages and attributes start at multiples of four bytes (NLMSG_ALIGNTO, NLA_ALIGNTO). */
export function align(length: number): number {
  return (length + 3) & ~3;
}

/** Joins parts, each padded to four bytes. */
export function concatAligned(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + align(part.length), 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += align(part.length);
  }
  return bytes;
}

/** Refuses a payload that is too short for its fixed header. */
export function requireLength(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length < length) throw new MalformedMessageError(`${what} of ${bytes.length} bytes, expected ${length}`, 0);
}
