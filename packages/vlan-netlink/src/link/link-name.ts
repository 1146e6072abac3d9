import { createHash } from 'node:crypto';

/** IFNAMSIZ (16) less the final zero byte. */
const LINK_NAME_BYTES = 15;

/** Not a name that the kernel would take. */
export class LinkNameError extends Error {
  override readonly name = 'LinkNameError';
  readonly code = 'link_name_invalid';
  readonly retryable = false;
  readonly linkName: string;

  constructor(linkName: string, reason: string) {
    super(`"${linkName}" cannot be the name of a link: ${reason}`);
    this.linkName = linkName;
  }
}

/** ALTIFNAMSIZ (128) less the final zero byte. */
const ALTERNATIVE_NAME_BYTES = 127;

function check(name: string, limit: number): void {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0) throw new LinkNameError(name, 'it is empty');
  if (bytes > limit) throw new LinkNameError(name, `it has ${bytes} bytes, and ${limit} are allowed`);
  if (name === '.' || name === '..') throw new LinkNameError(name, 'it is a directory');
  if (/[/:%\s\0]/.test(name)) throw new LinkNameError(name, 'it has a slash, colon, percent sign or white space');
}

/**
 * As the kernel has it (dev_valid_name, `net/core/dev.c`).
 *
 * @throws LinkNameError
 */
export function checkLinkName(name: string): void {
  check(name, LINK_NAME_BYTES);
}

/** Whether a name is short enough to be a link's first one. */
export function isLinkName(name: string): boolean {
  return Buffer.byteLength(name) <= LINK_NAME_BYTES;
}

/** As {@link checkLinkName}, with up to 127 bytes. @throws LinkNameError */
export function checkAlternativeName(name: string): void {
  check(name, ALTERNATIVE_NAME_BYTES);
}

/**
 * A valid name for what `key` names: the same one for the same key, and another one for another key, whatever the length
 * of the key. With a prefix of 4 bytes, the chance that any two of a
 * million keys share a name is 1 in 70,000.
 *
 * @param prefix at most 7 bytes, so that at least 8 are left to tell keys apart.
 * @throws LinkNameError
 */
export function linkNameFor(prefix: string, key: string): string {
  const room = LINK_NAME_BYTES - new TextEncoder().encode(prefix).length;
  if (room < 8) throw new LinkNameError(prefix, 'as a prefix it may have 7 bytes');
  const name = prefix + base32(createHash('sha256').update(key).digest()).slice(0, room);
  checkLinkName(name);
  return name;
}

/** Lower-case letters and digits, 5 bits each. */
function base32(bytes: Uint8Array): string {
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  return (bits.match(/.{5}/g) ?? []).map((five) => Number.parseInt(five, 2).toString(32)).join('');
}
