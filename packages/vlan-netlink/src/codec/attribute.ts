import { align, readU16, writeU16 } from './bytes.ts';
import { MalformedMessageError } from './malformed-message-error.ts';

/** One attribute (`struct nlattr`, `<linux/netlink.h>`). */
export interface Attribute {
  /** 0 to 16383. */
  readonly type: number;
  /** NLA_F_NESTED. The kernel does not always set it on attributes that hold attributes. */
  readonly nested: boolean;
  /** NLA_F_NET_BYTEORDER. */
  readonly networkOrder: boolean;
  readonly payload: Uint8Array;
}

const HEADER_BYTES = 4;
const NESTED = 0x8000;
const NETWORK_ORDER = 0x4000;
const MAX_BYTES = 0xffff;

/** An attribute with raw bytes. */
export function attribute(type: number, payload: Uint8Array): Attribute {
  return { type, nested: false, networkOrder: false, payload };
}

/** An attribute that holds attributes. */
export function nestedAttribute(type: number, attributes: readonly Attribute[]): Attribute {
  return { type, nested: true, networkOrder: false, payload: encodeAttributes(attributes) };
}

function checkAttribute({ type, payload }: Attribute): void {
  if (HEADER_BYTES + payload.length > MAX_BYTES) {
    throw new RangeError(`attribute ${type} has ${payload.length} bytes; the format allows 65531`);
  }
  if (!Number.isInteger(type) || type < 0 || type >= NETWORK_ORDER) throw new RangeError(`attribute type ${type}`);
}

/**
 * Attributes one after the other, each padded to four bytes.
 *
 * @param before how many zero bytes to leave in front of them, for a header: a multiple of four.
 * @throws RangeError when a type or length does not fit the format.
 */
export function encodeAttributes(attributes: readonly Attribute[], before = 0): Uint8Array {
  let length = before;
  for (const one of attributes) {
    checkAttribute(one);
    length += HEADER_BYTES + align(one.payload.length);
  }
  const bytes = new Uint8Array(length);
  let offset = before;
  for (const { type, nested, networkOrder, payload } of attributes) {
    writeU16(bytes, offset, HEADER_BYTES + payload.length);
    writeU16(bytes, offset + 2, type | (nested ? NESTED : 0) | (networkOrder ? NETWORK_ORDER : 0));
    bytes.set(payload, offset + HEADER_BYTES);
    offset += HEADER_BYTES + align(payload.length);
  }
  return bytes;
}

/**
 * Payloads share memory with `bytes`.
 *
 * @param start where the first attribute starts; before it stands a header.
 * @param wanted answers attributes of these types only. The others are checked, too. Default: all.
 * @throws MalformedMessageError
 */
export function decodeAttributes(bytes: Uint8Array, start = 0, wanted?: ReadonlySet<number>): Attribute[] {
  const attributes: Attribute[] = [];
  let offset = start;
  while (offset < bytes.length) {
    if (bytes.length - offset < HEADER_BYTES) throw new MalformedMessageError('cut attribute header', offset - start);
    const length = readU16(bytes, offset);
    if (length < HEADER_BYTES || length > bytes.length - offset) {
      throw new MalformedMessageError(`attribute length ${length}`, offset - start);
    }
    const flagged = readU16(bytes, offset + 2);
    const type = flagged & ~(NESTED | NETWORK_ORDER);
    if (wanted === undefined || wanted.has(type)) {
      attributes.push({
        type,
        nested: (flagged & NESTED) !== 0,
        networkOrder: (flagged & NETWORK_ORDER) !== 0,
        payload: bytes.subarray(offset + HEADER_BYTES, offset + length),
      });
    }
    offset += align(length);
  }
  return attributes;
}

/** The payload of the first attribute of this type. */
export function findPayload(attributes: readonly Attribute[], type: number): Uint8Array | undefined {
  for (const candidate of attributes) if (candidate.type === type) return candidate.payload;
  return undefined;
}

/** The attributes inside the first attribute of this type; none when it is absent. */
export function findNested(attributes: readonly Attribute[], type: number): Attribute[] {
  const payload = findPayload(attributes, type);
  return payload === undefined ? [] : decodeAttributes(payload);
}

/**
 * Puts an empty attribute of type `padType` before each payload of eight bytes that would not start at a multiple of
 * eight, as the kernel does itself (nla_put_64bit).
 *
 * @param start where the first attribute starts in its message, in bytes.
 */
export function align64(attributes: readonly Attribute[], padType: number, start = 0): Attribute[] {
  const aligned: Attribute[] = [];
  let offset = start;
  for (const one of attributes) {
    if (one.payload.length === 8 && (offset + HEADER_BYTES) % 8 !== 0) {
      aligned.push(attribute(padType, new Uint8Array(0)));
      offset += HEADER_BYTES;
    }
    aligned.push(one);
    offset += HEADER_BYTES + align(one.payload.length);
  }
  return aligned;
}

/**
 * Types on the way to the attribute at this offset, outermost first: `[18, 2, 1]`. Only attributes marked as nested are
 * looked into. Empty when there is none.
 *
 * @param start where `bytes` start in the message that `offset` counts from.
 */
export function attributePath(bytes: Uint8Array, offset: number, start = 0): number[] {
  let position = start;
  for (const { type, nested, payload } of decodeAttributes(bytes)) {
    const end = position + HEADER_BYTES + align(payload.length);
    if (offset < position) return [];
    if (offset < end) {
      const inner = nested && offset > position ? attributePath(payload, offset, position + HEADER_BYTES) : [];
      return [type, ...inner];
    }
    position = end;
  }
  return [];
}
