import { LinkRequest } from '../../link/link-attribute.ts';
import type { NamespaceHandle } from '../../network-namespace/namespace-handle.ts';
import { message } from './answer.ts';
import { FakeLink } from './fake-link.ts';
import type { FakeTransport } from './fake-transport.ts';
import { FakeErrno, Refusal } from './refusal.ts';

/** An address, a route or a neighbour, with its message. */
export interface FakeEntry {
  /** What tells it apart from others. */
  readonly key: string;
  readonly link: FakeLink | undefined;
  readonly payload: Uint8Array;
}

/** RTNLGRP_* of those who listen. */
export const Group: Readonly<
  Record<'link' | 'neighbour' | 'inetAddress' | 'inet6Address' | 'inetRoute' | 'inet6Route', number>
> = { link: 1, neighbour: 3, inetAddress: 5, inetRoute: 7, inet6Address: 9, inet6Route: 11 };

/** A network namespace of the fake kernel. Give it to whatever takes a `NetworkNamespace` in a request. */
export class FakeNamespace implements NamespaceHandle {
  /** No descriptor of this process: only the fake kernel knows what it stands for. */
  readonly fd: number;
  /** As other namespaces call it (`linkNamespaceId`). */
  readonly id: number;
  links: FakeLink[] = [];
  addresses: FakeEntry[] = [];
  routes: FakeEntry[] = [];
  neighbours: FakeEntry[] = [];
  readonly listeners: Set<FakeTransport> = new Set();
  #lastIndex = 0;

  constructor(fd: number, id: number) {
    this.fd = fd;
    this.id = id;
    const loopback = new FakeLink(this, this.nextIndex(), 'lo', undefined);
    loopback.mtu = 65_536;
    this.links.push(loopback);
  }

  nextIndex(): number {
    this.#lastIndex++;
    return this.#lastIndex;
  }

  find(which: string | number): FakeLink | undefined {
    return this.links.find(
      (link) => link.index === which || link.name === which || link.alternativeNames.some((name) => name === which),
    );
  }

  /** @throws Refusal */
  require(index: number, words = ''): FakeLink {
    const link = this.find(index);
    if (link === undefined) throw new Refusal(FakeErrno.ENODEV, words);
    return link;
  }

  tell(group: number, type: number, payload: Uint8Array): void {
    for (const listener of this.listeners) {
      if (listener.groups.includes(group)) listener.deliver(message(type, payload));
    }
  }

  linkChanged(link: FakeLink): void {
    this.tell(Group.link, LinkRequest.new, link.encode());
  }

  /** With everything that hangs on it: a veth's peer, links on top of it, addresses, routes, neighbours. */
  remove(link: FakeLink): void {
    if (!this.links.includes(link)) return;
    const told = link.encode();
    this.forget(link);
    this.links = this.links.filter((one) => one !== link);
    for (const port of this.links.filter(({ master }) => master === link)) {
      port.master = undefined;
      this.linkChanged(port);
    }
    this.tell(Group.link, LinkRequest.delete, told);
    for (const other of link.onTop) other.namespace.remove(other);
  }

  /** Addresses, routes and neighbours of a link that goes, or moves. */
  forget(link: FakeLink): void {
    const others = ({ link: one }: FakeEntry): boolean => one !== link;
    this.addresses = this.addresses.filter(others);
    this.routes = this.routes.filter(others);
    this.neighbours = this.neighbours.filter(others);
  }
}
