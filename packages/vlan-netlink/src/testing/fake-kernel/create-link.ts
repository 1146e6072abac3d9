import { type Attribute, findPayload } from '../../codec/attribute.ts';
import { findText, findU16, findU32 } from '../../codec/attribute-value.ts';
import { decodeLinkMessage, type LinkMessage } from '../../codec/link-message.ts';
import { LinkAttribute } from '../../link/link-attribute.ts';
import { changeFakeLink } from './change-link.ts';
import { FakeLink } from './fake-link.ts';
import type { FakeNamespace } from './fake-namespace.ts';
import type { FakeRequest } from './fake-request.ts';
import { FakeErrno, Refusal } from './refusal.ts';

/** VETH_INFO_PEER, IFLA_VLAN_ID. */
const [PEER, VLAN_ID] = [1, 1];
/** Kinds that are on top of a device, always. */
const onDevice: readonly string[] = ['vlan', 'macvlan', 'macvtap'];

function nameOf({ attributes }: LinkMessage, kind: string, namespace: FakeNamespace): string {
  const name = findText(attributes, LinkAttribute.name);
  if (name !== undefined) return name;
  for (let number = 0; ; number++) if (namespace.find(`${kind}${number}`) === undefined) return `${kind}${number}`;
}

/** Locally administered, and another one for each link. */
let lastMac = 0;
function newMac(): Uint8Array {
  lastMac++;
  return Uint8Array.of(0x02, 0xfa, lastMac >>> 24, lastMac >>> 16, lastMac >>> 8, lastMac);
}

function place(request: FakeRequest, message: LinkMessage): FakeNamespace {
  const fd = findU32(message.attributes, LinkAttribute.namespaceFd);
  return fd === undefined ? request.namespace : request.namespaceOf(fd);
}

function make(request: FakeRequest, message: LinkMessage, kind: string): FakeLink {
  const namespace = place(request, message);
  const name = nameOf(message, kind, namespace);
  if (namespace.find(name) !== undefined) throw new Refusal(FakeErrno.EEXIST);
  const link = new FakeLink(namespace, namespace.nextIndex(), name, kind);
  link.mac = newMac();
  return link;
}

function deviceOf({ namespace }: FakeRequest, { attributes }: LinkMessage, kind: string): FakeLink | undefined {
  if (!onDevice.includes(kind)) return undefined;
  const index = findU32(attributes, LinkAttribute.link);
  if (index === undefined) throw new Refusal(FakeErrno.EINVAL, kind === 'vlan' ? '8021q: link not specified' : '');
  const device = namespace.find(index);
  if (device === undefined) throw new Refusal(FakeErrno.ENODEV, kind === 'vlan' ? '8021q: link does not exist' : '');
  return device;
}

function checkVlan(device: FakeLink, data: readonly Attribute[]): void {
  const id = findU16(data, VLAN_ID);
  if (id === undefined) throw new Refusal(FakeErrno.EINVAL, '8021q: VLAN properties not specified');
  if (id > 4094) throw new Refusal(FakeErrno.ERANGE, '8021q: Invalid VLAN id');
  for (const one of device.onTop) {
    if (one.kind === 'vlan' && findU16([...one.data.values()], VLAN_ID) === id) {
      throw new Refusal(FakeErrno.EEXIST, '8021q: VLAN device already exists');
    }
  }
}

function makePeer(request: FakeRequest, data: readonly Attribute[], link: FakeLink): void {
  const payload = findPayload(data, PEER);
  const message = decodeLinkMessage(payload ?? new Uint8Array(16));
  const peer = make(request, message, 'veth');
  if (peer.name === link.name && peer.namespace === link.namespace) throw new Refusal(FakeErrno.EEXIST);
  peer.putOn(link);
  link.putOn(peer);
  peer.namespace.links.push(peer);
  changeFakeLink({ ...request, namespace: peer.namespace }, peer, withoutPlace(message));
}

/** It is there already, under its name. */
function withoutPlace(message: LinkMessage): LinkMessage {
  const attributes = message.attributes.filter(
    ({ type }) => type !== LinkAttribute.namespaceFd && type !== LinkAttribute.name,
  );
  return { ...message, attributes };
}

/** @throws Refusal */
export function createFakeLink(
  request: FakeRequest,
  message: LinkMessage,
  kind: string | undefined,
  data: readonly Attribute[],
): void {
  if (kind === undefined) throw new Refusal(FakeErrno.EOPNOTSUPP);
  if (!request.hasKind(kind)) throw new Refusal(FakeErrno.EOPNOTSUPP, 'Unknown device type');
  const link = make(request, message, kind);
  const device = deviceOf(request, message, kind);
  if (device !== undefined) {
    if (kind === 'vlan') {
      checkVlan(device, data);
      link.mac = device.mac;
    }
    link.mtu = device.mtu;
    link.putOn(device);
  }
  if (kind === 'veth') makePeer(request, data, link);
  else for (const one of data) link.data.set(one.type, { ...one, payload: one.payload.slice() });
  link.namespace.links.push(link);
  try {
    changeFakeLink({ ...request, namespace: link.namespace }, link, withoutPlace(message));
  } catch (error) {
    device?.onTop.delete(link);
    link.namespace.remove(link);
    throw error;
  }
}
