import { attribute, findNested, findPayload, nestedAttribute } from '../codec/attribute.ts';
import { findU32, u32 } from '../codec/attribute-value.ts';
import { AddressFamily, decodeIpAddress, encodeIpAddress } from '../codec/ip-address.ts';
import { MessageFlag } from '../codec/message.ts';
import { decodeRouteMessage, encodeRouteMessage } from '../codec/route-message.ts';
import type { NetlinkRequest } from '../socket/exchange.ts';
import { isKernelError } from '../socket/kernel-error.ts';
import type { NetlinkSocket, RequestOptions } from '../socket/netlink-socket.ts';

/** RTM_* of routes (`<linux/rtnetlink.h>`). */
const RouteRequest: { readonly new: 24; readonly delete: 25; readonly get: 26 } = {
  new: 24,
  delete: 25,
  get: 26,
};

/** RTA_*. */
const DESTINATION = 1;
const OUTPUT_INTERFACE = 4;
const GATEWAY = 5;
const PRIORITY = 6;
const PREFERRED_SOURCE = 7;
const METRICS = 8;
const TABLE = 15;
/** RTAX_MTU, inside RTA_METRICS. */
const METRIC_MTU = 2;

const MAIN_TABLE = 254;
const RTPROT_STATIC = 4;
const RT_SCOPE_UNIVERSE = 0;
const RT_SCOPE_LINK = 253;
const RT_SCOPE_NOWHERE = 255;
/** What a new IPv6 route without a metric gets (IP6_RT_PRIO_USER). */
const INET6_METRIC = 1024;

/** What becomes of packets: RTN_UNICAST and so on. */
export type RouteType =
  | 'unicast'
  | 'local'
  | 'broadcast'
  | 'anycast'
  | 'multicast'
  | 'blackhole'
  | 'unreachable'
  | 'prohibit';

const types: ReadonlyMap<RouteType, number> = new Map([
  ['unicast', 1],
  ['local', 2],
  ['broadcast', 3],
  ['anycast', 4],
  ['multicast', 5],
  ['blackhole', 6],
  ['unreachable', 7],
  ['prohibit', 8],
]);

export interface NewRoute {
  /** `10.0.0.0/8`, `2001:db8::/32`; `0.0.0.0/0` and `::/0` for all. */
  readonly destination: string;
  /** The next router. */
  readonly gateway?: string;
  /** Index of the link that packets leave by. */
  readonly index?: number;
  /** Among routes to equal destinations the lowest wins. Default 0 for IPv4, 1024 for IPv6, as in the kernel. */
  readonly metric?: number;
  /** Default 254, the main table. */
  readonly table?: number;
  /** Sender address of packets that this host makes. */
  readonly preferredSource?: string;
  /** Of the path, in bytes. */
  readonly mtu?: number;
  /** Default `unicast`. */
  readonly type?: Extract<RouteType, 'unicast' | 'blackhole' | 'unreachable' | 'prohibit'>;
}

export interface Route {
  readonly family: 'inet' | 'inet6';
  readonly destination: string;
  readonly gateway: string | undefined;
  readonly index: number | undefined;
  readonly metric: number;
  readonly table: number;
  readonly preferredSource: string | undefined;
  readonly mtu: number | undefined;
  /** `undefined` for a type that this package does not know. */
  readonly type: RouteType | undefined;
  /** RTPROT_*, who made it: 2 the kernel, 4 an administrator (as the routes made here), 9 router advertisements, … */
  readonly protocol: number;
}

interface Prefix {
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly isV6: boolean;
}

function parsePrefix(text: string): Prefix {
  const [address = '', given, ...more] = text.split('/');
  const bytes = encodeIpAddress(address);
  const isV6 = bytes.length === 16;
  const length = given === undefined ? bytes.length * 8 : Number(given);
  if (more.length > 0 || given === '' || !Number.isInteger(length) || length < 0 || length > bytes.length * 8) {
    throw new RangeError(`"${text}" is no destination of routes; 10.0.0.0/8 is`);
  }
  const isWithin = bytes.every((byte, position) => {
    const bits = Math.min(Math.max(length - position * 8, 0), 8);
    return (byte & (0xff >> bits)) === 0;
  });
  if (!isWithin) throw new RangeError(`"${text}" has bits beyond its prefix of ${length}`);
  return { bytes, length, isV6 };
}

function routeMessage(route: NewRoute, prefix: Prefix): Uint8Array {
  const { gateway, index, metric, table = MAIN_TABLE, preferredSource, mtu, type = 'unicast' } = route;
  const direct = gateway === undefined && type === 'unicast' && !prefix.isV6;
  const metrics = mtu === undefined ? [] : [nestedAttribute(METRICS, [u32(METRIC_MTU, mtu)])];
  return encodeRouteMessage({
    family: prefix.isV6 ? AddressFamily.inet6 : AddressFamily.inet,
    destinationPrefixLength: prefix.length,
    sourcePrefixLength: 0,
    typeOfService: 0,
    table: table < 256 ? table : 0,
    protocol: RTPROT_STATIC,
    scope: direct ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
    type: types.get(type) ?? 1,
    flags: 0,
    attributes: [
      ...(prefix.length === 0 ? [] : [attribute(DESTINATION, prefix.bytes)]),
      u32(TABLE, table),
      ...(gateway === undefined ? [] : [attribute(GATEWAY, encodeIpAddress(gateway))]),
      ...(index === undefined ? [] : [u32(OUTPUT_INTERFACE, index)]),
      ...(metric === undefined ? [] : [u32(PRIORITY, metric)]),
      ...(preferredSource === undefined ? [] : [attribute(PREFERRED_SOURCE, encodeIpAddress(preferredSource))]),
      ...metrics,
    ],
  });
}

function describe(verb: string, { destination, gateway, index, table }: NewRoute): string {
  const via = gateway === undefined ? '' : ` via ${gateway}`;
  const link = index === undefined ? '' : ` by the link with index ${index}`;
  return `${verb} the route to ${destination}${via}${link}${table === undefined ? '' : ` in table ${table}`}`;
}

/** The request that adds a route, or replaces the one of the same destination, metric and table. @throws RangeError */
export function ensureRouteRequest(route: NewRoute): NetlinkRequest {
  return {
    type: RouteRequest.new,
    flags: MessageFlag.create | MessageFlag.replace,
    payload: routeMessage(route, parsePrefix(route.destination)),
    description: describe('set', route),
  };
}

function metricOf({ metric }: NewRoute, isV6: boolean): number {
  return metric ?? (isV6 ? INET6_METRIC : 0);
}

/** Whether two routes are for the same packets: the kernel keeps only one of these. */
function isSamePlace(route: NewRoute, prefix: Prefix, found: Route): boolean {
  const destination = `${decodeIpAddress(prefix.bytes)}/${prefix.length}`;
  return (
    found.destination === destination &&
    found.table === (route.table ?? MAIN_TABLE) &&
    found.metric === metricOf(route, prefix.isV6)
  );
}

function isSameRoute(route: NewRoute, found: Route): boolean {
  const same = (wanted: string | undefined, actual: string | undefined): boolean =>
    (wanted === undefined ? undefined : decodeIpAddress(encodeIpAddress(wanted))) === actual;
  return (
    (route.type ?? 'unicast') === found.type &&
    same(route.gateway, found.gateway) &&
    (route.preferredSource === undefined || same(route.preferredSource, found.preferredSource)) &&
    (route.index === undefined || route.index === found.index) &&
    route.mtu === found.mtu
  );
}

/**
 * Makes sure that the route is there; another one for the same destination, metric and table is replaced.
 *
 * @throws RangeError; KernelError `ENETUNREACH` when the gateway cannot be reached, …
 */
export async function ensureRoute(
  socket: NetlinkSocket,
  route: NewRoute,
  options?: RequestOptions,
): Promise<{ readonly changed: boolean }> {
  const prefix = parsePrefix(route.destination);
  const there = (await listRoutes(socket, { table: route.table ?? MAIN_TABLE }, options)).filter((found) =>
    isSamePlace(route, prefix, found),
  );
  if (there.length === 1 && there.every((found) => isSameRoute(route, found))) return { changed: false };
  await socket.request(ensureRouteRequest(route), options);
  return { changed: true };
}

/** Removes the route; that it is gone already is fine. @throws RangeError, KernelError */
export async function deleteRoute(
  socket: NetlinkSocket,
  route: NewRoute,
  options?: RequestOptions,
): Promise<{ readonly changed: boolean }> {
  const payload = routeMessage(route, parsePrefix(route.destination));
  // No scope: the kernel compares it, and we did not ask which one the route has.
  payload[6] = RT_SCOPE_NOWHERE;
  try {
    await socket.request({ type: RouteRequest.delete, payload, description: describe('delete', route) }, options);
    return { changed: true };
  } catch (error) {
    if (isKernelError(error, 'ESRCH', 'ENODEV')) return { changed: false };
    throw error;
  }
}

/** @throws MalformedMessageError */
export function decodeRoute(payload: Uint8Array): Route {
  const message = decodeRouteMessage(payload);
  const { attributes, destinationPrefixLength, family } = message;
  const isV6 = family === AddressFamily.inet6;
  const address = (type: number): string | undefined => {
    const bytes = findPayload(attributes, type);
    return bytes === undefined ? undefined : decodeIpAddress(bytes);
  };
  return {
    family: isV6 ? 'inet6' : 'inet',
    destination: `${address(DESTINATION) ?? (isV6 ? '::' : '0.0.0.0')}/${destinationPrefixLength}`,
    gateway: address(GATEWAY),
    index: findU32(attributes, OUTPUT_INTERFACE),
    metric: findU32(attributes, PRIORITY) ?? 0,
    table: findU32(attributes, TABLE) ?? message.table,
    preferredSource: address(PREFERRED_SOURCE),
    mtu: findU32(findNested(attributes, METRICS), METRIC_MTU),
    type: [...types].find(([, number]) => number === message.type)?.[0],
    protocol: message.protocol,
  };
}

/** Routes of the socket's namespace, without the cache of single destinations. */
export async function listRoutes(
  socket: NetlinkSocket,
  filter: { readonly table?: number; readonly index?: number } = {},
  options?: RequestOptions,
): Promise<Route[]> {
  const payload = encodeRouteMessage({
    family: AddressFamily.unspecified,
    destinationPrefixLength: 0,
    sourcePrefixLength: 0,
    typeOfService: 0,
    table: 0,
    protocol: 0,
    scope: 0,
    type: 0,
    flags: 0,
    attributes: [],
  });
  const routes = await socket.collect(
    { type: RouteRequest.get, flags: MessageFlag.dump, payload, description: 'list the routes' },
    ({ type, payload: answer }) => (type === RouteRequest.new && isIp(answer) ? decodeRoute(answer) : undefined),
    options,
  );
  return routes
    .filter(({ table }) => filter.table === undefined || table === filter.table)
    .filter(({ index }) => filter.index === undefined || index === filter.index);
}

/** Multicast routing tables are dumped, too, with families of their own. */
function isIp([family]: Uint8Array): boolean {
  return family === AddressFamily.inet || family === AddressFamily.inet6;
}
