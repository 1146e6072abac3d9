import { type Attribute, attribute, findPayload } from '../../codec/attribute.ts';
import {
  findU8,
  findU16,
  findU16NetworkOrder,
  findU32,
  u8,
  u16,
  u16NetworkOrder,
  u32,
} from '../../codec/attribute-value.ts';
import { decodeIpAddress, encodeIpAddress } from '../../codec/ip-address.ts';

/** How one setting of a link kind stands in IFLA_INFO_DATA. */
export interface Field<T> {
  encode(value: T): readonly Attribute[];
  /** `undefined` when the kernel does not tell. */
  decode(data: readonly Attribute[]): T | undefined;
}

/** The field of each setting of a kind. */
export type Fields<S> = { readonly [K in keyof S]-?: Field<NonNullable<S[K]>> };

function integer(bits: number, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value < 2 ** bits) return value;
  throw new RangeError(`${value} is no whole number from 0 to ${2 ** bits - 1}`);
}

/** One byte, 0 or 1. */
export function flagField(type: number): Field<boolean> {
  return {
    encode: (value) => [u8(type, value ? 1 : 0)],
    decode: (data) => {
      const value = findU8(data, type);
      return value === undefined ? undefined : value !== 0;
    },
  };
}

export function u8Field(type: number): Field<number> {
  return { encode: (value) => [u8(type, integer(8, value))], decode: (data) => findU8(data, type) };
}

export function u16Field(type: number): Field<number> {
  return { encode: (value) => [u16(type, integer(16, value))], decode: (data) => findU16(data, type) };
}

/** Big-endian: ports and Ethernet types. */
export function u16NetworkOrderField(type: number): Field<number> {
  return {
    encode: (value) => [u16NetworkOrder(type, integer(16, value))],
    decode: (data) => findU16NetworkOrder(data, type),
  };
}

export function u32Field(type: number): Field<number> {
  return { encode: (value) => [u32(type, integer(32, value))], decode: (data) => findU32(data, type) };
}

/** Names for numbers of 32 bits. */
export function namedField<T extends string>(type: number, names: ReadonlyMap<T, number>): Field<T> {
  return {
    encode: (value) => {
      const number = names.get(value);
      if (number === undefined) throw new RangeError(`"${value}" is none of ${[...names.keys()].join(', ')}`);
      return [u32(type, number)];
    },
    decode: (data) => {
      const number = findU32(data, type);
      return [...names].find(([, candidate]) => candidate === number)?.[0];
    },
  };
}

/** An IPv4 address in the attribute `inet`, or an IPv6 address in `inet6`. All zeros mean none. */
export function addressField(inet: number, inet6: number): Field<string> {
  return {
    encode: (value) => {
      const bytes = encodeIpAddress(value);
      return [attribute(bytes.length === 4 ? inet : inet6, bytes)];
    },
    decode: (data) => {
      const bytes = findPayload(data, inet) ?? findPayload(data, inet6);
      return bytes?.some((byte) => byte !== 0) === true ? decodeIpAddress(bytes) : undefined;
    },
  };
}

function encodeField<T>(field: Field<T>, value: T | undefined): readonly Attribute[] {
  return value === undefined ? [] : field.encode(value);
}

/** @throws RangeError when a value does not fit its field. */
export function encodeFields<S extends object>(fields: Fields<S>, settings: Partial<S>): Attribute[] {
  const attributes: Attribute[] = [];
  for (const name in fields) attributes.push(...encodeField(fields[name], settings[name] ?? undefined));
  return attributes;
}

/** @throws MalformedMessageError */
export function decodeFields<S extends object>(fields: Fields<S>, data: readonly Attribute[]): Partial<S> {
  const settings: Partial<S> = {};
  for (const name in fields) {
    const value = fields[name].decode(data);
    if (value !== undefined) settings[name] = value;
  }
  return settings;
}
