import { attribute, findPayload } from '../codec/attribute.ts';
import { findU16, u16 } from '../codec/attribute-value.ts';
import { AddressFamily, decodeIpAddress, encodeIpAddress } from '../codec/ip-address.ts';
import { decodeMacAddress, encodeMacAddress } from '../codec/mac-address.ts';
import { MessageFlag } from '../codec/message.ts';
import { decodeNeighbourMessage, encodeNeighbourMessage } from '../codec/neighbour-message.ts';
import { isKernelError } from '../socket/kernel-error.ts';
import type { NetlinkSocket, RequestOptions } from '../socket/netlink-socket.ts';

/** RTM_* of neighbours (`<linux/rtnetlink.h>`). */
const NeighbourRequest: { readonly new: 28; readonly delete: 29; readonly get: 30 } = {
  new: 28,
  delete: 29,
  get: 30,
};

const AF_BRIDGE = 7;
/** NDA_* (`<linux/neighbour.h>`). */
const DESTINATION = 1;
const LINK_LAYER_ADDRESS = 2;
const VLAN = 5;
/** NTF_SELF: the device's own table; NTF_MASTER: the table of the bridge above it. */
const SELF = 0x02;
const MASTER = 0x04;

/** NUD_*: how much is known about a neighbour. */
export type NeighbourState =
  | 'none'
  | 'incomplete'
  | 'reachable'
  | 'stale'
  | 'delay'
  | 'probe'
  | 'failed'
  | 'noarp'
  | 'permanent';

const states: ReadonlyMap<NeighbourState, number> = new Map([
  ['none', 0],
  ['incomplete', 0x01],
  ['reachable', 0x02],
  ['stale', 0x04],
  ['delay', 0x08],
  ['probe', 0x10],
  ['failed', 0x20],
  ['noarp', 0x40],
  ['permanent', 0x80],
]);

/** An entry of the ARP or neighbour discovery cache, or (`bridge`) of a forwarding database. */
export interface Neighbour {
  readonly family: 'inet' | 'inet6' | 'bridge';
  /** Index of the link. */
  readonly index: number;
  /** The neighbour's IP address; in a forwarding database the other end of the tunnel, if any. */
  readonly address: string | undefined;
  readonly mac: string | undefined;
  /** `undefined` for a combination that this package does not know. */
  readonly state: NeighbourState | undefined;
  /** Of an entry in a forwarding database. */
  readonly vlanId: number | undefined;
}

/** An IP neighbour whose MAC address is known for good. */
export interface NewNeighbour {
  readonly index: number;
  /** IPv4 or IPv6. */
  readonly address: string;
  readonly mac: string;
}

/** An entry that sends frames for a MAC address by one port, or to one end of a VXLAN tunnel. */
export interface NewForwarding {
  /** Index of the bridge's port, or of the tunnel. */
  readonly index: number;
  readonly mac: string;
  readonly vlanId?: number;
  /** Only for a tunnel: where its other end is. The entry is then in the tunnel's own table, not in a bridge's. */
  readonly remote?: string;
}

/** @throws MalformedMessageError */
export function decodeNeighbour(payload: Uint8Array): Neighbour {
  const message = decodeNeighbourMessage(payload);
  const address = findPayload(message.attributes, DESTINATION);
  const mac = findPayload(message.attributes, LINK_LAYER_ADDRESS);
  return {
    family: message.family === AF_BRIDGE ? 'bridge' : message.family === AddressFamily.inet6 ? 'inet6' : 'inet',
    index: message.index,
    address: address === undefined ? undefined : decodeIpAddress(address),
    mac: mac === undefined || mac.length === 0 ? undefined : decodeMacAddress(mac),
    state: [...states].find(([, number]) => number === message.state)?.[0],
    vlanId: findU16(message.attributes, VLAN),
  };
}

async function list(
  socket: NetlinkSocket,
  family: number,
  what: string,
  options?: RequestOptions,
): Promise<Neighbour[]> {
  const payload = encodeNeighbourMessage({ family, index: 0, state: 0, flags: 0, type: 0, attributes: [] });
  return await socket.collect(
    { type: NeighbourRequest.get, flags: MessageFlag.dump, payload, description: `list the ${what}` },
    ({ type, payload: answer }) =>
      type === NeighbourRequest.new && isKnownFamily(answer[0]) ? decodeNeighbour(answer) : undefined,
    options,
  );
}

/** Other families have addresses that are not IP addresses. */
export function isKnownFamily(family: number | undefined): boolean {
  return family === AddressFamily.inet || family === AddressFamily.inet6 || family === AF_BRIDGE;
}

/** IP neighbours on the link with this index, or on all links of the socket's namespace. */
export async function listNeighbours(
  socket: NetlinkSocket,
  index?: number,
  options?: RequestOptions,
): Promise<Neighbour[]> {
  const all = await list(socket, AddressFamily.unspecified, 'neighbours', options);
  return all.filter((one) => one.family !== 'bridge' && (index === undefined || one.index === index));
}

/** Forwarding databases of bridges, their ports, and VXLAN tunnels; of the link with this index when it is given. */
export async function listForwarding(
  socket: NetlinkSocket,
  index?: number,
  options?: RequestOptions,
): Promise<Neighbour[]> {
  const all = await list(socket, AF_BRIDGE, 'forwarding databases', options);
  return index === undefined ? all : all.filter((one) => one.index === index);
}

function encodeIpNeighbour({ index, address, mac }: Omit<NewNeighbour, 'mac'> & { readonly mac?: string }): Uint8Array {
  const bytes = encodeIpAddress(address);
  return encodeNeighbourMessage({
    family: bytes.length === 4 ? AddressFamily.inet : AddressFamily.inet6,
    index,
    state: states.get('permanent') ?? 0,
    flags: 0,
    type: 0,
    attributes: [
      attribute(DESTINATION, bytes),
      ...(mac === undefined ? [] : [attribute(LINK_LAYER_ADDRESS, encodeMacAddress(mac))]),
    ],
  });
}

function encodeForwarding({ index, mac, vlanId, remote }: NewForwarding): Uint8Array {
  return encodeNeighbourMessage({
    family: AF_BRIDGE,
    index,
    state: states.get('permanent') ?? 0,
    flags: remote === undefined ? MASTER : SELF,
    type: 0,
    attributes: [
      attribute(LINK_LAYER_ADDRESS, encodeMacAddress(mac)),
      ...(vlanId === undefined ? [] : [u16(VLAN, vlanId)]),
      ...(remote === undefined ? [] : [attribute(DESTINATION, encodeIpAddress(remote))]),
    ],
  });
}

async function set(
  socket: NetlinkSocket,
  payload: Uint8Array,
  description: string,
  options?: RequestOptions,
): Promise<{ readonly changed: true }> {
  const flags = MessageFlag.create | MessageFlag.replace;
  await socket.request({ type: NeighbourRequest.new, flags, payload, description }, options);
  return { changed: true };
}

async function remove(
  socket: NetlinkSocket,
  payload: Uint8Array,
  description: string,
  options?: RequestOptions,
): Promise<{ readonly changed: boolean }> {
  try {
    await socket.request({ type: NeighbourRequest.delete, payload, description }, options);
    return { changed: true };
  } catch (error) {
    if (isKernelError(error, 'ENOENT', 'ENODEV')) return { changed: false };
    throw error;
  }
}

/** Makes sure that an IP neighbour has this MAC address for good. @throws RangeError, KernelError */
export async function ensureNeighbour(
  socket: NetlinkSocket,
  neighbour: NewNeighbour,
  options?: RequestOptions,
): Promise<{ readonly changed: boolean }> {
  const payload = encodeIpNeighbour(neighbour);
  const address = decodeIpAddress(encodeIpAddress(neighbour.address));
  const found = (await listNeighbours(socket, neighbour.index, options)).find((one) => one.address === address);
  if (found?.state === 'permanent' && found.mac === neighbour.mac.toLowerCase()) return { changed: false };
  return await set(socket, payload, `set the neighbour ${address} of the link with index ${neighbour.index}`, options);
}

/** Forgets an IP neighbour; that it is unknown is fine. @throws RangeError, KernelError */
export async function deleteNeighbour(
  socket: NetlinkSocket,
  { index, address }: Omit<NewNeighbour, 'mac'>,
  options?: RequestOptions,
): Promise<{ readonly changed: boolean }> {
  const description = `delete the neighbour ${address} of the link with index ${index}`;
  return await remove(socket, encodeIpNeighbour({ index, address }), description, options);
}

/** Makes sure that frames for a MAC address leave by this port or tunnel. @throws RangeError, KernelError */
export async function ensureForwarding(
  socket: NetlinkSocket,
  entry: NewForwarding,
  options?: RequestOptions,
): Promise<{ readonly changed: boolean }> {
  const payload = encodeForwarding(entry);
  const remote = entry.remote === undefined ? undefined : decodeIpAddress(encodeIpAddress(entry.remote));
  const isThere = (await listForwarding(socket, entry.index, options)).some(
    ({ mac, vlanId, address, state }) =>
      mac === entry.mac.toLowerCase() && vlanId === entry.vlanId && address === remote && state === 'permanent',
  );
  if (isThere) return { changed: false };
  return await set(socket, payload, `forward ${entry.mac} by the link with index ${entry.index}`, options);
}

/** Removes an entry from a forwarding database; that it is gone is fine. @throws RangeError, KernelError */
export async function deleteForwarding(
  socket: NetlinkSocket,
  entry: NewForwarding,
  options?: RequestOptions,
): Promise<{ readonly changed: boolean }> {
  const description = `stop forwarding ${entry.mac} by the link with index ${entry.index}`;
  return await remove(socket, encodeForwarding(entry), description, options);
}
