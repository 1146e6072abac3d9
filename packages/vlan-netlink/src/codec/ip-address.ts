import { isIPv4, isIPv6 } from 'node:net';
import { MalformedMessageError } from './malformed-message-error.ts';

/** AF_INET and AF_INET6. */
export const AddressFamily: { readonly unspecified: 0; readonly inet: 2; readonly inet6: 10 } = {
  unspecified: 0,
  inet: 2,
  inet6: 10,
};

function encodeIPv4(text: string): Uint8Array {
  return Uint8Array.from(text.split('.').map(Number));
}

function encodeGroups(part: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    if (group.includes('.')) return [...encodeIPv4(group)];
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/**
 * 4 or 16 bytes in network order.
 *
 * @throws RangeError when `text` is no IP address; a scope (`%eth0`) belongs elsewhere.
 */
export function encodeIpAddress(text: string): Uint8Array {
  if (isIPv4(text)) return encodeIPv4(text);
  if (!isIPv6(text) || text.includes('%')) throw new RangeError(`"${text}" is no IP address`);
  const [head = '', tail] = text.split('::');
  const before = encodeGroups(head);
  const after = encodeGroups(tail ?? '');
  return Uint8Array.from([...before, ...new Array(16 - before.length - after.length).fill(0), ...after]);
}

/** The first of the longest runs of two or more zero groups (RFC 5952, 4.2). */
function zeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: -1, length: 1 };
  let start = 0;
  groups.forEach((group, position) => {
    if (group !== 0) start = position + 1;
    else if (position + 1 - start > best.length) best = { start, length: position + 1 - start };
  });
  return best;
}

/**
 * Text of 4 or 16 bytes; IPv6 in its canonical form (RFC 5952).
 *
 * @throws MalformedMessageError on any other length.
 */
export function decodeIpAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) throw new MalformedMessageError(`an IP address of ${bytes.length} bytes`, 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const groups = Array.from({ length: 8 }, (_, position) => view.getUint16(position * 2, false));
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  const { start, length } = zeroRun(groups);
  if (start === -1) return hex(groups);
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

/** Whether it stands for every address: `::` and `0.0.0.0`. */
export function isUnspecified(address: string): boolean {
  return encodeIpAddress(address).every((byte) => byte === 0);
}
