import { type AddressMessage, decodeAddressMessage, encodeAddressMessage } from '../../codec/address-message.ts';
import { attribute, findPayload } from '../../codec/attribute.ts';
import { u32 } from '../../codec/attribute-value.ts';
import { AddressFamily, decodeIpAddress } from '../../codec/ip-address.ts';
import { type FakeEntry, Group } from './fake-namespace.ts';
import type { FakeAnswer, FakeHandler, FakeRequest } from './fake-request.ts';
import { FakeErrno, Refusal } from './refusal.ts';

const [NEW, DELETE, GET] = [20, 21, 22];
/** IFA_ADDRESS, IFA_LOCAL, IFA_FLAGS; IFA_F_PERMANENT. */
const [ADDRESS, LOCAL, FLAGS, PERMANENT] = [1, 2, 8, 0x80];

function read({ message: { payload }, namespace }: FakeRequest): AddressMessage & { readonly entry: FakeEntry } {
  const message = decodeAddressMessage(payload);
  const { family, prefixLength, index, attributes } = message;
  const isV6 = family === AddressFamily.inet6;
  const bytes = findPayload(attributes, LOCAL) ?? findPayload(attributes, ADDRESS);
  if (bytes === undefined || bytes.length !== (isV6 ? 16 : 4)) throw new Refusal(FakeErrno.EINVAL);
  if (prefixLength > bytes.length * 8) {
    throw new Refusal(FakeErrno.EINVAL, isV6 ? 'ipv6: Invalid prefix length' : 'ipv4: Invalid prefix length');
  }
  const link = namespace.require(index, isV6 ? 'ipv6: Unable to find the interface' : 'ipv4: Device not found');
  const told = encodeAddressMessage({
    ...message,
    flags: (message.flags | PERMANENT) & 0xff,
    attributes: [attribute(ADDRESS, bytes), attribute(LOCAL, bytes), u32(FLAGS, message.flags | PERMANENT)],
  });
  // The same IPv4 address may be there with another prefix, an IPv6 address may not.
  const key = `${index} ${decodeIpAddress(bytes)}${isV6 ? '' : `/${prefixLength}`}`;
  return { ...message, entry: { key, link, payload: told } };
}

const group = (family: number): number => (family === AddressFamily.inet6 ? Group.inet6Address : Group.inetAddress);

function newAddress(request: FakeRequest): undefined {
  const { namespace } = request;
  const { entry, family } = read(request);
  if (namespace.addresses.some(({ key }) => key === entry.key)) {
    const words = family === AddressFamily.inet6 ? 'ipv6: address already assigned' : 'ipv4: Address already assigned';
    throw new Refusal(FakeErrno.EEXIST, words);
  }
  namespace.addresses.push(entry);
  namespace.tell(group(family), NEW, entry.payload);
}

function deleteAddress(request: FakeRequest): undefined {
  const { namespace } = request;
  const { entry, family, prefixLength } = read(request);
  const isV6 = family === AddressFamily.inet6;
  const found = namespace.addresses.find(
    ({ key, payload: [, length] }) => key === entry.key && length === prefixLength,
  );
  if (found === undefined) {
    throw new Refusal(FakeErrno.EADDRNOTAVAIL, isV6 ? 'ipv6: address not found' : 'ipv4: Address not found');
  }
  namespace.addresses = namespace.addresses.filter((one) => one !== found);
  namespace.tell(group(family), DELETE, found.payload);
}

function listAddresses({ message: { payload }, namespace }: FakeRequest): FakeAnswer {
  const { index } = decodeAddressMessage(payload);
  if (index !== 0 && namespace.find(index) === undefined) throw new Refusal(FakeErrno.ENODEV);
  const wanted = namespace.addresses.filter(({ link }) => index === 0 || link?.index === index);
  return { type: NEW, payloads: wanted.map((one) => one.payload) };
}

/** RTM_*ADDR. */
export const addressHandlers: ReadonlyMap<number, FakeHandler> = new Map<number, FakeHandler>([
  [NEW, newAddress],
  [DELETE, deleteAddress],
  [GET, listAddresses],
]);
