import { type Attribute, attribute, nestedAttribute } from '../codec/attribute.ts';
import { text, u32NetworkOrder } from '../codec/attribute-value.ts';

/** Numbers of `<linux/netfilter/nf_tables.h>`. */
const LIST_ELEMENT = 1;
const EXPRESSION_NAME = 1;
const EXPRESSION_DATA = 2;
const REGISTER_VERDICT = 0;
const REGISTER_1 = 1;
const DATA_VALUE = 1;
const DATA_VERDICT = 2;
const VERDICT_CODE = 1;
const PAYLOAD_TRANSPORT_HEADER = 2;
const NF_ACCEPT = 1;

/** What a `meta` expression can load (NFT_META_*). */
const metaKeys: { readonly inputLinkType: 8; readonly protocol: 16 } = { inputLinkType: 8, protocol: 16 };

function expression(name: string, data: readonly Attribute[]): Attribute {
  return nestedAttribute(LIST_ELEMENT, [text(EXPRESSION_NAME, name), nestedAttribute(EXPRESSION_DATA, data)]);
}

function value(type: number, bytes: Uint8Array): Attribute {
  return nestedAttribute(type, [attribute(DATA_VALUE, bytes)]);
}

/** Loads a property of the packet into the register. */
export function loadMeta(key: keyof typeof metaKeys): Attribute {
  return expression('meta', [u32NetworkOrder(1, REGISTER_1), u32NetworkOrder(2, metaKeys[key])]);
}

/** Loads one byte of the TCP or ICMP header. A packet without it matches no further. */
export function loadTransportByte(offset: number): Attribute {
  return expression('payload', [
    u32NetworkOrder(1, REGISTER_1),
    u32NetworkOrder(2, PAYLOAD_TRANSPORT_HEADER),
    u32NetworkOrder(3, offset),
    u32NetworkOrder(4, 1),
  ]);
}

/** Keeps only these bits of the loaded byte. */
export function maskByte(mask: number): Attribute {
  return expression('bitwise', [
    u32NetworkOrder(1, REGISTER_1),
    u32NetworkOrder(2, REGISTER_1),
    u32NetworkOrder(3, 1),
    value(4, Uint8Array.of(mask)),
    value(5, Uint8Array.of(0)),
  ]);
}

const operators: readonly string[] = ['equal', 'not equal', 'less', 'at most', 'more', 'at least'];

/** Goes on only if the register compares so with the bytes. */
export function compare(operator: 'equal' | 'not equal' | 'at most' | 'at least', bytes: Uint8Array): Attribute {
  return expression('cmp', [
    u32NetworkOrder(1, REGISTER_1),
    u32NetworkOrder(2, operators.indexOf(operator)),
    value(3, bytes),
  ]);
}

/** Lets the packet pass. */
export function accept(): Attribute {
  const verdict = nestedAttribute(DATA_VERDICT, [u32NetworkOrder(VERDICT_CODE, NF_ACCEPT)]);
  return expression('immediate', [u32NetworkOrder(1, REGISTER_VERDICT), nestedAttribute(2, [verdict])]);
}
