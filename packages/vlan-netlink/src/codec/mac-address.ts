/**
 * @param text six bytes in hexadecimal, joined by colons.
 * @throws RangeError
 */
export function encodeMacAddress(text: string): Uint8Array {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) throw new RangeError(`"${text}" is no MAC address`);
  return Uint8Array.from(text.split(':').map((byte) => Number.parseInt(byte, 16)));
}

const hexadecimal: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case text of a link-layer address of any length. */
export function decodeMacAddress(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += text === '' ? hexadecimal[byte] : `:${hexadecimal[byte]}`;
  return text;
}
