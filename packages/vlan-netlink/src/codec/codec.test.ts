import { SocketAddress } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeLink } from '../link/link.ts';
import {
  type AddressMessage,
  type Attribute,
  align64,
  attributePath,
  decodeAddressMessage,
  decodeAttributes,
  decodeBridgeVlans,
  decodeDoneMessage,
  decodeErrorMessage,
  decodeGenericMessage,
  decodeIpAddress,
  decodeLinkMessage,
  decodeMacAddress,
  decodeMessages,
  decodeNeighbourMessage,
  decodeRouteMessage,
  encodeAddressMessage,
  encodeAttributes,
  encodeBridgeVlans,
  encodeGenericMessage,
  encodeIpAddress,
  encodeLinkMessage,
  encodeMacAddress,
  encodeMessage,
  encodeNeighbourMessage,
  encodeRouteMessage,
  findNested,
  findText,
  findU16,
  findU16NetworkOrder,
  findU32,
  findU32NetworkOrder,
  findU64,
  type GenericMessage,
  type LinkMessage,
  MalformedMessageError,
  type Message,
  type NeighbourMessage,
  nestedAttribute,
  type RouteMessage,
  text,
  u16 as u16Attribute,
  u16NetworkOrder,
  u32,
  u32NetworkOrder,
  u64,
} from './index.ts';

const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32s = fc.integer({ min: 0, max: 0xffff_ffff });
const bytes = fc.uint8Array({ maxLength: 300 });

const attribute: fc.Arbitrary<Attribute> = fc.record({
  type: fc.integer({ min: 0, max: 0x3fff }),
  nested: fc.boolean(),
  networkOrder: fc.boolean(),
  payload: bytes,
});
const attributes = fc.array(attribute, { maxLength: 8 });

const message: fc.Arbitrary<Message> = fc.record({ type: u16, flags: u16, sequence: u32s, port: u32s, payload: bytes });

const linkMessage: fc.Arbitrary<LinkMessage> = fc.record({
  family: u8,
  hardwareType: u16,
  index: fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
  flags: u32s,
  change: u32s,
  attributes,
});

const addressMessage: fc.Arbitrary<AddressMessage> = fc.record({
  family: u8,
  prefixLength: u8,
  flags: u8,
  scope: u8,
  index: u32s,
  attributes,
});

const neighbourMessage: fc.Arbitrary<NeighbourMessage> = fc.record({
  family: u8,
  index: fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
  state: u16,
  flags: u8,
  type: u8,
  attributes,
});

const genericMessage: fc.Arbitrary<GenericMessage> = fc.record({ command: u8, version: u8, attributes });

const bridgeVlans = fc.array(
  fc
    .record({ first: u16, more: fc.nat(100), pvid: fc.boolean(), untagged: fc.boolean() })
    .map(({ first, more, ...flags }) => ({
      first,
      last: Math.min(first + more, 0xffff),
      ...flags,
    })),
);

const routeMessage: fc.Arbitrary<RouteMessage> = fc.record({
  family: u8,
  destinationPrefixLength: u8,
  sourcePrefixLength: u8,
  typeOfService: u8,
  table: u8,
  protocol: u8,
  scope: u8,
  type: u8,
  flags: u32s,
  attributes,
});

/** Runs a decoder on anything: it may only answer, or refuse in its own words. */
function answersOrRefuses(decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedMessageError);
  }
}

describe('the netlink codec', () => {
  it('decodes what it encoded: messages, also several in one datagram', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), (messages) => {
        const datagram = Buffer.concat(messages.map(encodeMessage));
        expect(decodeMessages(new Uint8Array(datagram))).toEqual(messages);
      }),
    );
  });

  it('decodes what it encoded: attributes', () => {
    fc.assert(
      fc.property(attributes, (given) => {
        expect(decodeAttributes(encodeAttributes(given))).toEqual(given);
      }),
    );
  });

  it('decodes what it encoded: neighbours, generic messages, VLANs of bridges', () => {
    fc.assert(
      fc.property(neighbourMessage, genericMessage, bridgeVlans, (neighbour, generic, vlans) => {
        expect(decodeNeighbourMessage(encodeNeighbourMessage(neighbour))).toEqual(neighbour);
        expect(decodeGenericMessage(encodeGenericMessage(generic))).toEqual(generic);
        expect(decodeBridgeVlans(encodeBridgeVlans(vlans))).toEqual(vlans);
      }),
    );
  });

  it('decodes what it encoded: numbers of every size and byte order, and text', () => {
    fc.assert(
      fc.property(
        u16,
        u32s,
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.string(),
        (small, middle, large, string) => {
          const plain = string.replaceAll('\0', '');
          const given = [
            u16Attribute(1, small),
            u16NetworkOrder(2, small),
            u32(3, middle),
            u32NetworkOrder(4, middle),
            u64(5, large),
            text(6, plain),
          ];
          const found = decodeAttributes(encodeAttributes(given));
          expect([findU16(found, 1), findU16NetworkOrder(found, 2)]).toEqual([small, small]);
          expect([findU32(found, 3), findU32NetworkOrder(found, 4)]).toEqual([middle, middle]);
          expect([findU64(found, 5), findText(found, 6)]).toEqual([
            large,
            new TextDecoder().decode(new TextEncoder().encode(plain)),
          ]);
        },
      ),
    );
  });

  it('puts payloads of 64 bits at multiples of eight, with padding before them', () => {
    const aligned = align64([text(1, 'abc'), u64(2, 1n), u32(3, 1), u64(4, 2n)], 9, 16);
    expect(aligned.map(({ type }) => type)).toEqual([1, 9, 2, 3, 9, 4]);
    expect(
      align64(
        aligned.filter(({ type }) => type !== 9),
        9,
        16,
      ),
    ).toEqual(aligned);
  });

  it('finds the attribute that an offset of the kernel means', () => {
    const given = [text(3, 'x'), nestedAttribute(18, [text(1, 'vlan'), nestedAttribute(2, [u16Attribute(1, 5000)])])];
    const encoded = encodeAttributes(given);
    expect(attributePath(encoded, 32, 32)).toEqual([3]);
    expect(attributePath(encoded, 32 + 8, 32)).toEqual([18]);
    expect(attributePath(encoded, 32 + 8 + 4 + 12 + 4, 32)).toEqual([18, 2, 1]);
    expect(attributePath(encoded, 500, 32)).toEqual([]);
  });

  it('decodes what it encoded: links, addresses and routes', () => {
    fc.assert(
      fc.property(linkMessage, addressMessage, routeMessage, (link, address, route) => {
        expect(decodeLinkMessage(encodeLinkMessage(link))).toEqual(link);
        expect(decodeAddressMessage(encodeAddressMessage(address))).toEqual(address);
        expect(decodeRouteMessage(encodeRouteMessage(route))).toEqual(route);
      }),
    );
  });

  it('answers or refuses any bytes, in every decoder, without reading past their end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), u16, (payload, flags) => {
        const header = { type: 2, flags, sequence: 1, port: 1, payload };
        answersOrRefuses(() => decodeMessages(payload));
        answersOrRefuses(() => decodeAttributes(payload));
        answersOrRefuses(() => decodeErrorMessage(header));
        answersOrRefuses(() => decodeDoneMessage(header));
        answersOrRefuses(() => decodeAddressMessage(payload));
        answersOrRefuses(() => decodeRouteMessage(payload));
        answersOrRefuses(() => decodeLink(payload));
      }),
      { numRuns: 5000 },
    );
  });

  it('answers or refuses a link message with any single byte changed, or cut anywhere', () => {
    const whole = encodeLinkMessage({
      family: 0,
      hardwareType: 1,
      index: 7,
      flags: 1,
      change: 0,
      attributes: [
        text(3, 'eth0'),
        u32(4, 1500),
        nestedAttribute(18, [text(1, 'vlan'), nestedAttribute(2, [u32(1, 100)])]),
        nestedAttribute(26, [nestedAttribute(10, [u32(8, 1)])]),
      ],
    });
    fc.assert(
      fc.property(fc.nat(whole.length - 1), u8, fc.nat(whole.length), (position, value, length) => {
        const changed = whole.slice(0, length);
        if (position < length) changed[position] = value;
        answersOrRefuses(() => decodeLink(changed));
      }),
      { numRuns: 5000 },
    );
  });

  it('refuses an attribute that claims no length at all, instead of reading it for ever', () => {
    expect(() => decodeAttributes(new Uint8Array(8))).toThrow(/attribute length 0 at byte 0/);
    expect(() => decodeMessages(new Uint8Array(16))).toThrow(/message length 0 at byte 0/);
  });

  it('refuses a number of the wrong size', () => {
    expect(() => findU32([{ ...u32(4, 1), payload: new Uint8Array(3) }], 4)).toThrow(/3 bytes, expected 4/);
  });

  it('finds values in nested attributes', () => {
    const nested = [nestedAttribute(18, [text(1, 'veth')])];
    expect(findText(findNested(nested, 18), 1)).toBe('veth');
    expect(findNested(nested, 19)).toEqual([]);
  });
});

describe('extended acknowledgements', () => {
  it("gives the kernel's words, the offset and the missing attribute", () => {
    const header = new Uint8Array(20);
    new DataView(header.buffer).setInt32(0, -22, true);
    const tail = encodeAttributes([text(1, 'no such thing'), u32(2, 36), u32(5, 4)]);
    const payload = new Uint8Array(Buffer.concat([header, tail]));
    expect(decodeErrorMessage({ type: 2, flags: 0x300, sequence: 1, port: 1, payload })).toEqual({
      errno: 22,
      extendedAck: { message: 'no such thing', attributeOffset: 36, missingType: 4 },
    });
  });
});

describe('addresses as text', () => {
  it('writes IPv6 in the canonical form (RFC 5952), as Node does, and reads it back', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant(0), u8), { minLength: 16, maxLength: 16 }), (parts) => {
        const address = Uint8Array.from(parts);
        const decoded = decodeIpAddress(address);
        expect(encodeIpAddress(decoded)).toEqual(address);
        expect(encodeIpAddress(new SocketAddress({ address: decoded, family: 'ipv6' }).address)).toEqual(address);
      }),
    );
    expect(decodeIpAddress(encodeIpAddress('2001:DB8:0:0:1:0:0:1'))).toBe('2001:db8::1:0:0:1');
    expect(decodeIpAddress(encodeIpAddress('::'))).toBe('::');
    expect(decodeIpAddress(encodeIpAddress('::ffff:10.0.0.1'))).toBe('::ffff:a00:1');
    expect(decodeIpAddress(encodeIpAddress('10.0.0.1'))).toBe('10.0.0.1');
  });

  it.each(['', 'example.org', '10.0.0', '10.0.0.256', 'fe80::1%eth0', '1::2::3'])(
    'refuses the IP address "%s"',
    (given) => {
      expect(() => encodeIpAddress(given)).toThrow(RangeError);
    },
  );

  it('reads and writes MAC addresses', () => {
    expect(decodeMacAddress(encodeMacAddress('02:AB:00:00:00:ff'))).toBe('02:ab:00:00:00:ff');
    expect(() => encodeMacAddress('02:ab:00:00:00')).toThrow(RangeError);
  });
});
