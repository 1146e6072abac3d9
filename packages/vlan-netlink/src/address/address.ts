import { type AddressMessage, decodeAddressMessage, encodeAddressMessage } from '../codec/address-message.ts';
import { attribute, findPayload } from '../codec/attribute.ts';
import { findU32 } from '../codec/attribute-value.ts';
import { AddressFamily, decodeIpAddress, encodeIpAddress } from '../codec/ip-address.ts';
import { MessageFlag } from '../codec/message.ts';
import type { NetlinkRequest } from '../socket/exchange.ts';
import { isKernelError } from '../socket/kernel-error.ts';
import type { NetlinkSocket, RequestOptions } from '../socket/netlink-socket.ts';

/** RTM_* and IFA_* (`<linux/rtnetlink.h>`, `<linux/if_addr.h>`). */
const NEW = 20;
const DELETE = 21;
const GET = 22;
const ADDRESS = 1;
const LOCAL = 2;
const FLAGS = 8;
const NO_DUPLICATE_DETECTION = 0x02;
const DUPLICATE = 0x08;
const TENTATIVE = 0x40;
const RT_SCOPE_UNIVERSE = 0;

/** An IP address of a link. */
export interface Address {
  /** Index of the link. */
  readonly index: number;
  readonly address: string;
  readonly prefixLength: number;
  /** Duplicate address detection is under way: not usable yet. */
  readonly tentative: boolean;
  /** Another host has it: not usable. */
  readonly duplicate: boolean;
}

export interface NewAddress {
  /** Index of the link. */
  readonly index: number;
  /** IPv4 or IPv6. */
  readonly address: string;
  readonly prefixLength: number;
  /** IPv6: usable at once, without asking the network whether another host has it (IFA_F_NODAD). */
  readonly noDuplicateDetection?: boolean;
}

function encode({ index, address, prefixLength, noDuplicateDetection }: NewAddress): Uint8Array {
  const bytes = encodeIpAddress(address);
  const isV6 = bytes.length === 16;
  const message: AddressMessage = {
    family: isV6 ? AddressFamily.inet6 : AddressFamily.inet,
    prefixLength,
    flags: noDuplicateDetection === true ? NO_DUPLICATE_DETECTION : 0,
    // IPv6 has it from the address itself.
    scope: RT_SCOPE_UNIVERSE,
    index,
    attributes: [attribute(LOCAL, bytes), attribute(ADDRESS, bytes)],
  };
  return encodeAddressMessage(message);
}

/** The request that adds an address, for {@link NetlinkSocket.requestAll}. @throws RangeError */
export function newAddressRequest(address: NewAddress): NetlinkRequest {
  return {
    type: NEW,
    flags: MessageFlag.create | MessageFlag.exclusive,
    payload: encode(address),
    description: `add the address ${address.address}/${address.prefixLength} to the link with index ${address.index}`,
  };
}

/**
 * Makes sure that the link has the address, usable and with this prefix: that it is there already is fine, and an IPv6
 * address with another prefix, or that was found to be another host's, is removed and added again.
 *
 * @throws RangeError, KernelError
 */
export async function ensureAddress(
  socket: NetlinkSocket,
  address: NewAddress,
  options?: RequestOptions,
): Promise<{ readonly changed: boolean }> {
  const request = newAddressRequest(address);
  try {
    await socket.request(request, options);
    return { changed: true };
  } catch (error) {
    if (!isKernelError(error, 'EEXIST')) throw error;
  }
  const text = decodeIpAddress(encodeIpAddress(address.address));
  const found = (await listAddresses(socket, address.index, options)).filter((one) => one.address === text);
  const isRight = found.some(({ prefixLength, duplicate }) => prefixLength === address.prefixLength && !duplicate);
  if (isRight) return { changed: false };
  for (const wrong of found) await deleteAddress(socket, wrong, options);
  await socket.request(request, options);
  return { changed: true };
}

/** Removes the address; that it is gone already is fine. @throws RangeError, KernelError */
export async function deleteAddress(
  socket: NetlinkSocket,
  address: NewAddress,
  options?: RequestOptions,
): Promise<{ readonly changed: boolean }> {
  const description = `remove the address ${address.address}/${address.prefixLength} from the link with index ${address.index}`;
  try {
    await socket.request({ type: DELETE, payload: encode(address), description }, options);
    return { changed: true };
  } catch (error) {
    if (isKernelError(error, 'EADDRNOTAVAIL', 'ENODEV')) return { changed: false };
    throw error;
  }
}

/** Whether it is IPv4 or IPv6; other protocols have addresses, too. */
export function isIpAddress(family: number | undefined): boolean {
  return family === AddressFamily.inet || family === AddressFamily.inet6;
}

/** @throws MalformedMessageError */
export function decodeAddress(payload: Uint8Array): Address {
  const message = decodeAddressMessage(payload);
  const bytes = findPayload(message.attributes, LOCAL) ?? findPayload(message.attributes, ADDRESS);
  const flags = findU32(message.attributes, FLAGS) ?? message.flags;
  return {
    index: message.index,
    address: bytes === undefined ? '' : decodeIpAddress(bytes),
    prefixLength: message.prefixLength,
    tentative: (flags & TENTATIVE) !== 0,
    duplicate: (flags & DUPLICATE) !== 0,
  };
}

/** Addresses of the link with this index, or of all links of the socket's namespace. */
export async function listAddresses(
  socket: NetlinkSocket,
  index?: number,
  options?: RequestOptions,
): Promise<Address[]> {
  const payload = encodeAddressMessage({
    family: AddressFamily.unspecified,
    prefixLength: 0,
    flags: 0,
    scope: 0,
    index: index ?? 0,
    attributes: [],
  });
  const request = { type: GET, flags: MessageFlag.dump, payload, description: 'list the addresses' };
  const addresses = await socket.collect(
    request,
    ({ type, payload: answer }) => (type === NEW && isIpAddress(answer[0]) ? decodeAddress(answer) : undefined),
    options,
  );
  // Kernels before 4.20 ignore the index.
  return index === undefined ? addresses : addresses.filter((address) => address.index === index);
}
