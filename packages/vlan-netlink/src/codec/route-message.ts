import { type Attribute, decodeAttributes, encodeAttributes } from './attribute.ts';
import { littleEndian, requireLength, viewOf } from './bytes.ts';

/** RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE (`struct rtmsg`, `<linux/rtnetlink.h>`). */
export interface RouteMessage {
  readonly family: number;
  readonly destinationPrefixLength: number;
  readonly sourcePrefixLength: number;
  readonly typeOfService: number;
  /** RT_TABLE_*, when below 256; else in the attribute RTA_TABLE. */
  readonly table: number;
  /** RTPROT_*. */
  readonly protocol: number;
  /** RT_SCOPE_*. */
  readonly scope: number;
  /** RTN_*. */
  readonly type: number;
  /** RTM_F_*. */
  readonly flags: number;
  readonly attributes: readonly Attribute[];
}

const HEADER_BYTES = 12;

export function encodeRouteMessage(message: RouteMessage): Uint8Array {
  const bytes = encodeAttributes(message.attributes, HEADER_BYTES);
  bytes.set([
    message.family,
    message.destinationPrefixLength,
    message.sourcePrefixLength,
    message.typeOfService,
    message.table,
    message.protocol,
    message.scope,
    message.type,
  ]);
  viewOf(bytes).setUint32(8, message.flags, littleEndian);
  return bytes;
}

/** @throws MalformedMessageError */
export function decodeRouteMessage(payload: Uint8Array): RouteMessage {
  requireLength(payload, HEADER_BYTES, 'route message');
  const view = viewOf(payload);
  return {
    family: view.getUint8(0),
    destinationPrefixLength: view.getUint8(1),
    sourcePrefixLength: view.getUint8(2),
    typeOfService: view.getUint8(3),
    table: view.getUint8(4),
    protocol: view.getUint8(5),
    scope: view.getUint8(6),
    type: view.getUint8(7),
    flags: view.getUint32(8, littleEndian),
    attributes: decodeAttributes(payload, HEADER_BYTES),
  };
}
