import { type Attribute, decodeAttributes, findNested, findPayload } from '../../codec/attribute.ts';
import { decodeText, findText, findU32 } from '../../codec/attribute-value.ts';
import type { LinkMessage } from '../../codec/link-message.ts';
import { LinkAttribute, LinkInfoAttribute, LinkRequest } from '../../link/link-attribute.ts';
import { changeFakeLink } from './change-link.ts';
import { createFakeLink } from './create-link.ts';
import type { FakeLink } from './fake-link.ts';
import type { FakeNamespace } from './fake-namespace.ts';
import type { FakeAnswer, FakeHandler, FakeRequest } from './fake-request.ts';
import { readLinkMessage } from './link-policy.ts';
import { FakeErrno, Refusal } from './refusal.ts';

function named(namespace: FakeNamespace, { index, attributes }: LinkMessage): FakeLink | undefined {
  if (index > 0) return namespace.find(index);
  const name = findText(attributes, LinkAttribute.name) ?? findText(attributes, LinkAttribute.alternativeName);
  return name === undefined ? undefined : namespace.find(name);
}

function mustBeThere(link: FakeLink | undefined): FakeLink {
  if (link === undefined) throw new Refusal(FakeErrno.ENODEV);
  return link;
}

function kindData(attributes: readonly Attribute[]): { readonly kind: string | undefined; readonly data: Attribute[] } {
  const info = findNested(attributes, LinkAttribute.linkInfo);
  const data = findPayload(info, LinkInfoAttribute.data);
  return { kind: findText(info, LinkInfoAttribute.kind), data: data === undefined ? [] : decodeAttributes(data) };
}

function newLink(request: FakeRequest): undefined {
  const message = readLinkMessage(request.message.payload);
  const { kind, data } = kindData(message.attributes);
  const link = named(request.namespace, message);
  if (link === undefined) {
    if (!request.create) throw new Refusal(FakeErrno.ENODEV);
    createFakeLink(request, message, kind, data);
    return;
  }
  if (request.exclusive) throw new Refusal(FakeErrno.EEXIST);
  if (kind !== undefined && kind !== link.kind) throw new Refusal(FakeErrno.EOPNOTSUPP);
  for (const one of data) link.data.set(one.type, one);
  changeFakeLink(request, link, message);
}

function setLink(request: FakeRequest): undefined {
  const message = readLinkMessage(request.message.payload);
  changeFakeLink(request, mustBeThere(named(request.namespace, message)), message);
}

function deleteLink({ message: { payload }, namespace }: FakeRequest): undefined {
  const message = readLinkMessage(payload);
  const group = findU32(message.attributes, LinkAttribute.group);
  if (message.index === 0 && group !== undefined) {
    const links = namespace.links.filter((link) => link.group === group);
    if (links.length === 0) throw new Refusal(FakeErrno.ENODEV);
    if (links.some(({ kind }) => kind === undefined)) throw new Refusal(FakeErrno.EOPNOTSUPP);
    for (const link of links) namespace.remove(link);
    return;
  }
  const link = mustBeThere(named(namespace, message));
  if (link.kind === undefined) throw new Refusal(FakeErrno.EOPNOTSUPP);
  namespace.remove(link);
}

function getLink({ message: { payload }, isDump, namespace }: FakeRequest): FakeAnswer {
  const message = readLinkMessage(payload);
  if (!isDump) {
    return { type: LinkRequest.new, payloads: [mustBeThere(named(namespace, message)).encode()] };
  }
  const { hardwareType, index, flags, change } = message;
  if (hardwareType !== 0 || flags !== 0 || change !== 0) {
    throw new Refusal(FakeErrno.EINVAL, 'Invalid values in header for link dump request');
  }
  if (index !== 0) throw new Refusal(FakeErrno.EINVAL, 'Filter by device index not supported for link dumps');
  return { type: LinkRequest.new, payloads: namespace.links.map((link) => link.encode()) };
}

function changeNames({ message: { payload, type }, namespace }: FakeRequest): undefined {
  const message = readLinkMessage(payload);
  const link = mustBeThere(named(namespace, message));
  const names = findNested(message.attributes, LinkAttribute.properties)
    .filter((one) => one.type === LinkAttribute.alternativeName)
    .map((one) => decodeText(one.payload));
  for (const name of names) {
    const has = link.alternativeNames.includes(name);
    if (type === LinkRequest.deleteProperty) {
      if (!has) throw new Refusal(FakeErrno.ENOENT);
      link.alternativeNames = link.alternativeNames.filter((one) => one !== name);
    } else {
      if (namespace.find(name) !== undefined) throw new Refusal(FakeErrno.EEXIST);
      link.alternativeNames.push(name);
    }
  }
  namespace.linkChanged(link);
}

/** RTM_*LINK and RTM_*LINKPROP. */
export const linkHandlers: ReadonlyMap<number, FakeHandler> = new Map<number, FakeHandler>([
  [LinkRequest.new, newLink],
  [LinkRequest.set, setLink],
  [LinkRequest.delete, deleteLink],
  [LinkRequest.get, getLink],
  [LinkRequest.addProperty, changeNames],
  [LinkRequest.deleteProperty, changeNames],
]);
