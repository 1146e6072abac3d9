import { type Attribute, attribute, encodeAttributes, nestedAttribute } from '../../codec/attribute.ts';
import { text, u8, u32 } from '../../codec/attribute-value.ts';
import { AddressFamily } from '../../codec/ip-address.ts';
import { encodeLinkMessage } from '../../codec/link-message.ts';
import {
  INET6_ADDRESS_GENERATION_MODE,
  LinkAttribute,
  LinkFlag,
  LinkInfoAttribute,
} from '../../link/link-attribute.ts';
import type { FakeNamespace } from './fake-namespace.ts';

/** ARPHRD_ETHER, ARPHRD_LOOPBACK. */
const [ETHERNET, LOOPBACK] = [1, 772];
const [BROADCAST, MULTICAST] = [0x2, 0x1000];

/** A VLAN of a bridge's port. */
export interface FakePortVlan {
  readonly pvid: boolean;
  readonly untagged: boolean;
}

/** A link of the fake kernel. */
export class FakeLink {
  namespace: FakeNamespace;
  index: number;
  name: string;
  readonly kind: string | undefined;
  up = false;
  mtu = 1500;
  mac: Uint8Array = new Uint8Array(6);
  alias = '';
  group = 0;
  master: FakeLink | undefined;
  /** A veth's peer, or the device that it is on top of. */
  below: FakeLink | undefined;
  /** Links that go when this one does. */
  readonly onTop: Set<FakeLink> = new Set();
  addressGenerationMode = 0;
  alternativeNames: string[] = [];
  /** IFLA_INFO_DATA, by type. */
  readonly data: Map<number, Attribute> = new Map();
  /** As a port of a bridge that filters VLANs. */
  readonly vlans: Map<number, FakePortVlan> = new Map();

  constructor(namespace: FakeNamespace, index: number, name: string, kind: string | undefined) {
    this.namespace = namespace;
    this.index = index;
    this.name = name;
    this.kind = kind;
  }

  putOn(device: FakeLink): void {
    this.below = device;
    device.onTop.add(this);
  }

  get isLoopback(): boolean {
    return this.kind === undefined;
  }

  /** Up, and able to carry frames. */
  get running(): boolean {
    if (!this.up) return false;
    if (this.kind === 'bridge') return this.namespace.links.some((link) => link.master === this && link.running);
    return this.below === undefined || this.below.up;
  }

  encode(): Uint8Array {
    const carriesFrames = this.isLoopback ? LinkFlag.loopback : BROADCAST | MULTICAST;
    const { below, master } = this;
    const away = below !== undefined && below.namespace !== this.namespace;
    return encodeLinkMessage({
      family: 0,
      hardwareType: this.isLoopback ? LOOPBACK : ETHERNET,
      index: this.index,
      flags: carriesFrames | (this.up ? LinkFlag.up : 0) | (this.running ? LinkFlag.running : 0),
      change: 0,
      attributes: [
        text(LinkAttribute.name, this.name),
        u32(LinkAttribute.mtu, this.mtu),
        u32(LinkAttribute.group, this.group),
        attribute(LinkAttribute.address, this.mac),
        ...(below === undefined ? [] : [u32(LinkAttribute.link, below.index)]),
        ...(away ? [u32(LinkAttribute.linkNamespaceId, below.namespace.id)] : []),
        ...(master === undefined ? [] : [u32(LinkAttribute.master, master.index)]),
        ...(this.alias === '' ? [] : [text(LinkAttribute.alias, this.alias)]),
        ...(this.kind === undefined ? [] : [this.#info(this.kind)]),
        ...(this.alternativeNames.length === 0
          ? []
          : [
              nestedAttribute(
                LinkAttribute.properties,
                this.alternativeNames.map((name) => text(LinkAttribute.alternativeName, name)),
              ),
            ]),
        nestedAttribute(LinkAttribute.familySpecific, [
          nestedAttribute(AddressFamily.inet6, [u8(INET6_ADDRESS_GENERATION_MODE, this.addressGenerationMode)]),
        ]),
      ],
    });
  }

  #info(kind: string): Attribute {
    const data = [...this.data.values()];
    return nestedAttribute(LinkAttribute.linkInfo, [
      text(LinkInfoAttribute.kind, kind),
      ...(data.length === 0 ? [] : [attribute(LinkInfoAttribute.data, encodeAttributes(data))]),
    ]);
  }
}
