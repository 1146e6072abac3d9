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
const PAYLOAD_NETWORK_HEADER = 1;
const PAYLOAD_TRANSPORT_HEADER = 2;
const NF_DROP = 0;
const NF_ACCEPT = 1;

/** What a `meta` expression can load (NFT_META_*). */
const metaKeys: Readonly<Record<MetaKey, number>> = {
  inputLinkName: 6,
  outputLinkName: 7,
  inputLinkType: 8,
  family: 15,
  protocol: 16,
};

export type MetaKey = 'inputLinkName' | 'outputLinkName' | 'inputLinkType' | 'family' | 'protocol';

function expression(name: string, data: readonly Attribute[]): Attribute {
  return nestedAttribute(LIST_ELEMENT, [text(EXPRESSION_NAME, name), nestedAttribute(EXPRESSION_DATA, data)]);
}

function value(type: number, bytes: Uint8Array): Attribute {
  return nestedAttribute(type, [attribute(DATA_VALUE, bytes)]);
}

/** Loads a property of the packet into the register. */
export function loadMeta(key: MetaKey): Attribute {
  return expression('meta', [u32NetworkOrder(1, REGISTER_1), u32NetworkOrder(2, metaKeys[key])]);
}

/** Loads one byte of the TCP or ICMP header. A packet without it matches no further. */
export function loadTransportByte(offset: number): Attribute {
  return loadPayload(PAYLOAD_TRANSPORT_HEADER, offset, 1);
}

/** Loads bytes of the IP header. */
export function loadNetworkBytes(offset: number, length: number): Attribute {
  return loadPayload(PAYLOAD_NETWORK_HEADER, offset, length);
}

function loadPayload(base: number, offset: number, length: number): Attribute {
  return expression('payload', [
    u32NetworkOrder(1, REGISTER_1),
    u32NetworkOrder(2, base),
    u32NetworkOrder(3, offset),
    u32NetworkOrder(4, length),
  ]);
}

/** Keeps only these bits of the loaded bytes. */
export function maskBytes(...mask: readonly number[]): Attribute {
  return expression('bitwise', [
    u32NetworkOrder(1, REGISTER_1),
    u32NetworkOrder(2, REGISTER_1),
    u32NetworkOrder(3, mask.length),
    value(4, Uint8Array.from(mask)),
    value(5, new Uint8Array(mask.length)),
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

/** Lets the packet pass this chain. */
export function accept(): Attribute {
  return decide(NF_ACCEPT);
}

/** Ends the packet. */
export function drop(): Attribute {
  return decide(NF_DROP);
}

function decide(code: number): Attribute {
  const verdict = nestedAttribute(DATA_VERDICT, [u32NetworkOrder(VERDICT_CODE, code)]);
  return expression('immediate', [u32NetworkOrder(1, REGISTER_VERDICT), nestedAttribute(2, [verdict])]);
}
