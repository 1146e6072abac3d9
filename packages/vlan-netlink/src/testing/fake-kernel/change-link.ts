import { findNested, findPayload } from '../../codec/attribute.ts';
import { decodeText, findText, findU8, findU32 } from '../../codec/attribute-value.ts';
import { AddressFamily } from '../../codec/ip-address.ts';
import type { LinkMessage } from '../../codec/link-message.ts';
import { INET6_ADDRESS_GENERATION_MODE, LinkAttribute, LinkFlag } from '../../link/link-attribute.ts';
import type { FakeLink } from './fake-link.ts';
import type { FakeRequest } from './fake-request.ts';
import { FakeErrno, Refusal } from './refusal.ts';

const [MIN_MTU, MAX_MTU] = [68, 65_535];

/** All that a request asks of a link, or nothing. */
type Change = () => void;

function mtuChange(link: FakeLink, mtu: number): Change {
  if (!link.isLoopback && mtu < MIN_MTU) throw new Refusal(FakeErrno.EINVAL, 'mtu less than device minimum');
  if (!link.isLoopback && mtu > MAX_MTU) throw new Refusal(FakeErrno.EINVAL, 'mtu greater than device maximum');
  return () => {
    link.mtu = mtu;
  };
}

function nameChange(link: FakeLink, name: string): Change {
  const other = link.namespace.find(name);
  if (other !== undefined && other !== link) throw new Refusal(FakeErrno.EEXIST);
  return () => {
    link.name = name;
  };
}

function masterChange({ namespace }: FakeRequest, link: FakeLink, index: number): Change {
  const master = index === 0 ? undefined : namespace.find(index);
  if (index !== 0 && master === undefined) throw new Refusal(FakeErrno.EINVAL);
  if (master !== undefined && master.kind !== 'bridge' && master.kind !== 'vrf') {
    throw new Refusal(FakeErrno.EOPNOTSUPP);
  }
  return () => {
    if (link.master !== master) link.vlans.clear();
    link.master = master;
    // Every port of a bridge that filters VLANs begins in the bridge's own one.
    if (master?.kind === 'bridge' && link.vlans.size === 0) link.vlans.set(1, { pvid: true, untagged: true });
  };
}

function macChange(link: FakeLink, mac: Uint8Array): Change {
  if (mac.length !== 6) throw new Refusal(FakeErrno.EINVAL);
  if (((mac[0] ?? 0) & 1) !== 0 || mac.every((byte) => byte === 0)) throw new Refusal(FakeErrno.EADDRNOTAVAIL);
  const bytes = mac.slice();
  return () => {
    link.mac = bytes;
  };
}

function upChange(link: FakeLink, up: boolean): Change {
  if (up && link.kind === 'vlan' && link.below?.up === false) throw new Refusal(FakeErrno.ENETDOWN);
  return () => {
    if (link.up && !up) {
      link.namespace.routes = link.namespace.routes.filter((route) => route.link !== link);
      link.namespace.addresses = link.namespace.addresses.filter(
        ({ link: one, payload: [family] }) => one !== link || family !== AddressFamily.inet6,
      );
    }
    link.up = up;
  };
}

function move(request: FakeRequest, link: FakeLink, fd: number): Change {
  const there = request.namespaceOf(fd);
  const here = link.namespace;
  if (link.isLoopback) throw new Refusal(FakeErrno.EINVAL, 'The interface netns is immutable');
  if (there !== here && there.find(link.name) !== undefined) throw new Refusal(FakeErrno.EEXIST);
  return () => {
    if (there === here) return;
    here.forget(link);
    here.links = here.links.filter((one) => one !== link);
    here.tell(1, 17, link.encode());
    link.up = false;
    link.master = undefined;
    link.namespace = there;
    if (there.find(link.index) !== undefined) link.index = there.nextIndex();
    there.links.push(link);
  };
}

/** @throws Refusal; then nothing has changed. */
export function changeFakeLink(request: FakeRequest, link: FakeLink, message: LinkMessage): void {
  const { attributes, flags, change } = message;
  const changes: Change[] = [];
  const [fd, name] = [findU32(attributes, LinkAttribute.namespaceFd), findText(attributes, LinkAttribute.name)];
  const [mtu, mac] = [findU32(attributes, LinkAttribute.mtu), findPayload(attributes, LinkAttribute.address)];
  const [master, group] = [findU32(attributes, LinkAttribute.master), findU32(attributes, LinkAttribute.group)];
  const alias = findPayload(attributes, LinkAttribute.alias);
  const inet6 = findNested(findNested(attributes, LinkAttribute.familySpecific), AddressFamily.inet6);
  const mode = findU8(inet6, INET6_ADDRESS_GENERATION_MODE);
  if (fd !== undefined) changes.push(move(request, link, fd));
  if (mac !== undefined) changes.push(macChange(link, mac));
  if (mtu !== undefined) changes.push(mtuChange(link, mtu));
  if (name !== undefined && message.index > 0) changes.push(nameChange(link, name));
  if (master !== undefined) changes.push(masterChange(request, link, master));
  if (group !== undefined) changes.push(() => Object.assign(link, { group }));
  if (mode !== undefined) changes.push(() => Object.assign(link, { addressGenerationMode: mode }));
  if (alias !== undefined) {
    changes.push(() => Object.assign(link, { alias: decodeText(alias) }));
  }
  if ((change & LinkFlag.up) !== 0) changes.push(upChange(link, (flags & LinkFlag.up) !== 0));
  for (const one of changes) one();
  link.namespace.linkChanged(link);
  if (link.kind === 'veth' && link.below !== undefined) link.below.namespace.linkChanged(link.below);
}
