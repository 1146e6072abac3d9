import { findNested, findPayload } from '../codec/attribute.ts';
import { decodeText, findI32, findText, findU8, findU32 } from '../codec/attribute-value.ts';
import { AddressFamily } from '../codec/ip-address.ts';
import { decodeLinkMessage } from '../codec/link-message.ts';
import { decodeMacAddress } from '../codec/mac-address.ts';
import { decodeLinkDetails, type LinkDetails } from './kind/registry.ts';
import { decodeVlanDetails, type VlanDetails } from './kind/vlan.ts';
import { INET6_ADDRESS_GENERATION_MODE, LinkAttribute, LinkFlag, LinkInfoAttribute } from './link-attribute.ts';

/** IN6_ADDR_GEN_MODE_*: whether, and how, the kernel makes link-local IPv6 addresses by itself. */
export type AddressGenerationMode = 'eui64' | 'none' | 'stable_secret' | 'random';

export const addressGenerationModes: readonly AddressGenerationMode[] = ['eui64', 'none', 'stable_secret', 'random'];

/** A link as the kernel describes it. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** `veth`, `bridge`, `vlan`, …; hardware has none. */
  readonly kind: string | undefined;
  /** Administratively up. */
  readonly up: boolean;
  /** Up, and able to carry frames. */
  readonly running: boolean;
  readonly mtu: number;
  /** Lower case, with colons. */
  readonly mac: string;
  readonly alias: string | undefined;
  /** Index of the bridge (…) that the link is a port of. */
  readonly master: number | undefined;
  /** Index of the device below a VLAN link, or of a veth's peer; in another namespace when `linkNamespaceId` is set. */
  readonly link: number | undefined;
  readonly linkNamespaceId: number | undefined;
  readonly addressGenerationMode: AddressGenerationMode | undefined;
  /** Number of a group of links; 0 when nobody has set another one. */
  readonly group: number;
  /** Further names, each of up to 127 bytes. */
  readonly alternativeNames: readonly string[];
  readonly vlan: VlanDetails | undefined;
  /** What is particular to its kind, of the kinds that this package can create. */
  readonly details: LinkDetails | undefined;
}

/** An answer has some forty attributes; to take only these halves the time of a dump. */
const wanted: ReadonlySet<number> = new Set([
  LinkAttribute.address,
  LinkAttribute.name,
  LinkAttribute.mtu,
  LinkAttribute.link,
  LinkAttribute.master,
  LinkAttribute.linkInfo,
  LinkAttribute.alias,
  LinkAttribute.familySpecific,
  LinkAttribute.group,
  LinkAttribute.linkNamespaceId,
  LinkAttribute.properties,
]);
const noBytes: Uint8Array = new Uint8Array(0);

/** @throws MalformedMessageError */
export function decodeLink(payload: Uint8Array): Link {
  const { index, flags, attributes } = decodeLinkMessage(payload, wanted);
  const info = findNested(attributes, LinkAttribute.linkInfo);
  const kind = findText(info, LinkInfoAttribute.kind);
  const inet6 = findNested(findNested(attributes, LinkAttribute.familySpecific), AddressFamily.inet6);
  const data = findNested(info, LinkInfoAttribute.data);
  const mode = findU8(inet6, INET6_ADDRESS_GENERATION_MODE);
  return {
    index,
    name: findText(attributes, LinkAttribute.name) ?? '',
    kind,
    up: (flags & LinkFlag.up) !== 0,
    running: (flags & LinkFlag.running) !== 0,
    mtu: findU32(attributes, LinkAttribute.mtu) ?? 0,
    mac: decodeMacAddress(findPayload(attributes, LinkAttribute.address) ?? noBytes),
    alias: findText(attributes, LinkAttribute.alias),
    master: findU32(attributes, LinkAttribute.master),
    link: findU32(attributes, LinkAttribute.link),
    linkNamespaceId: findI32(attributes, LinkAttribute.linkNamespaceId),
    addressGenerationMode: mode === undefined ? undefined : addressGenerationModes[mode],
    group: findU32(attributes, LinkAttribute.group) ?? 0,
    alternativeNames: findNested(attributes, LinkAttribute.properties)
      .filter(({ type }) => type === LinkAttribute.alternativeName)
      .map(({ payload: name }) => decodeText(name)),
    vlan: kind === 'vlan' ? decodeVlanDetails(data) : undefined,
    details: decodeLinkDetails(kind, data),
  };
}
