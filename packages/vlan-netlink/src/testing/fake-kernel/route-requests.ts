import { decodeAddressMessage } from '../../codec/address-message.ts';
import { findPayload } from '../../codec/attribute.ts';
import { findU32, u32 } from '../../codec/attribute-value.ts';
import { AddressFamily } from '../../codec/ip-address.ts';
import { decodeRouteMessage, encodeRouteMessage, type RouteMessage } from '../../codec/route-message.ts';
import type { FakeLink } from './fake-link.ts';
import { type FakeEntry, type FakeNamespace, Group } from './fake-namespace.ts';
import type { FakeAnswer, FakeHandler, FakeRequest } from './fake-request.ts';
import { FakeErrno, Refusal } from './refusal.ts';

const [NEW, DELETE, GET] = [24, 25, 26];
/** RTA_*. */
const [DESTINATION, OUTPUT_INTERFACE, GATEWAY, PRIORITY, TABLE] = [1, 4, 5, 6, 15];
/** RTN_UNICAST; what a new IPv6 route without a metric gets. */
const [UNICAST, INET6_METRIC] = [1, 1024];

function isWithin(address: Uint8Array, network: Uint8Array, prefixLength: number): boolean {
  return network.every((byte, position) => {
    const bits = Math.min(Math.max(prefixLength - position * 8, 0), 8);
    return ((byte ^ (address[position] ?? 0)) & (0xff << (8 - bits)) & 0xff) === 0;
  });
}

/** The link whose addresses have the gateway in their network. */
function linkTo(namespace: FakeNamespace, gateway: Uint8Array): FakeLink | undefined {
  const found = namespace.addresses.find(({ link, payload }) => {
    const { prefixLength, attributes } = decodeAddressMessage(payload);
    const own = findPayload(attributes, 1);
    return link?.up === true && own?.length === gateway.length && isWithin(gateway, own, prefixLength);
  });
  return found?.link;
}

function keyOf({ family, destinationPrefixLength, table, attributes }: RouteMessage): string {
  const metric = findU32(attributes, PRIORITY) ?? (family === AddressFamily.inet6 ? INET6_METRIC : 0);
  const destination = findPayload(attributes, DESTINATION)?.join('.') ?? 'default';
  return `${family} ${destination}/${destinationPrefixLength} ${metric} ${findU32(attributes, TABLE) ?? table}`;
}

function outputLink(namespace: FakeNamespace, message: RouteMessage): FakeLink | undefined {
  if (message.type !== UNICAST) return undefined;
  const index = findU32(message.attributes, OUTPUT_INTERFACE);
  const gateway = findPayload(message.attributes, GATEWAY);
  const given = index === undefined ? undefined : namespace.require(index);
  if (given?.up === false)
    throw new Refusal(FakeErrno.ENETDOWN, given === undefined ? '' : 'Device for nexthop is not up');
  const reached = gateway === undefined ? given : linkTo(namespace, gateway);
  if (reached === undefined && gateway !== undefined) {
    throw new Refusal(FakeErrno.ENETUNREACH, 'Nexthop has invalid gateway');
  }
  if (reached === undefined) throw new Refusal(FakeErrno.ENODEV);
  return reached;
}

const group = (family: number): number => (family === AddressFamily.inet6 ? Group.inet6Route : Group.inetRoute);

function newRoute({ message: { payload, flags }, exclusive, namespace }: FakeRequest): undefined {
  const message = decodeRouteMessage(payload);
  const link = outputLink(namespace, message);
  const key = keyOf(message);
  const former = namespace.routes.find((route) => route.key === key);
  const replace = (flags & 0x100) !== 0;
  if (former !== undefined && (exclusive || !replace)) throw new Refusal(FakeErrno.EEXIST);
  const own = message.attributes.filter(({ type }) => type !== OUTPUT_INTERFACE && type !== PRIORITY);
  const metric = findU32(message.attributes, PRIORITY) ?? (message.family === AddressFamily.inet6 ? INET6_METRIC : 0);
  const told = encodeRouteMessage({
    ...message,
    attributes: [
      ...own,
      ...(metric === 0 ? [] : [u32(PRIORITY, metric)]),
      ...(link === undefined ? [] : [u32(OUTPUT_INTERFACE, link.index)]),
    ],
  });
  const entry: FakeEntry = { key, link, payload: told };
  namespace.routes = [...namespace.routes.filter((route) => route !== former), entry];
  namespace.tell(group(message.family), NEW, told);
}

function deleteRoute({ message: { payload }, namespace }: FakeRequest): undefined {
  const message = decodeRouteMessage(payload);
  const key = keyOf(message);
  const found = namespace.routes.find((route) => route.key === key);
  if (found === undefined) throw new Refusal(FakeErrno.ESRCH);
  namespace.routes = namespace.routes.filter((route) => route !== found);
  namespace.tell(group(message.family), DELETE, found.payload);
}

function listRoutes({ namespace }: FakeRequest): FakeAnswer {
  return { type: NEW, payloads: namespace.routes.map((route) => route.payload) };
}

/** RTM_*ROUTE. */
export const routeHandlers: ReadonlyMap<number, FakeHandler> = new Map<number, FakeHandler>([
  [NEW, newRoute],
  [DELETE, deleteRoute],
  [GET, listRoutes],
]);
