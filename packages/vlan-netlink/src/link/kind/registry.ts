import type { Attribute } from '../../codec/attribute.ts';
import type { NewLink } from '../create.ts';
import { type BridgeSettings, bridgeFields, bridgeKind, type NewBridge } from './bridge.ts';
import { dummyKind } from './dummy.ts';
import { decodeFields } from './field.ts';
import { type GeneveSettings, geneveFields, geneveKind, type NewGeneve } from './geneve.ts';
import { type GretapSettings, gretapFields, gretapKind, type NewGretap } from './gretap.ts';
import type { LinkKind } from './link-kind.ts';
import { type MacvlanSettings, macvlanFields, macvlanKind, macvtapKind, type NewMacvlan } from './macvlan.ts';
import { type NewVeth, vethKind } from './veth.ts';
import { type NewVlan, type VlanDetails, vlanFields, vlanKind } from './vlan.ts';
import { type NewVrf, type VrfSettings, vrfFields, vrfKind } from './vrf.ts';
import { type NewVxlan, type VxlanSettings, vxlanFields, vxlanKind } from './vxlan.ts';

/** A link of any kind that can be created. */
export type LinkSpecification =
  | ({ readonly kind: 'bridge' } & NewBridge)
  | ({ readonly kind: 'dummy' } & NewLink)
  | ({ readonly kind: 'geneve' } & NewGeneve)
  | ({ readonly kind: 'gretap' } & NewGretap)
  | ({ readonly kind: 'macvlan' } & NewMacvlan)
  | ({ readonly kind: 'macvtap' } & NewMacvlan)
  | ({ readonly kind: 'veth' } & NewVeth)
  | ({ readonly kind: 'vlan' } & NewVlan)
  | ({ readonly kind: 'vrf' } & NewVrf)
  | ({ readonly kind: 'vxlan' } & NewVxlan);

/** What the kernel tells about a link of a known kind. */
export type LinkDetails =
  | ({ readonly kind: 'bridge' } & BridgeSettings)
  | ({ readonly kind: 'geneve' } & GeneveSettings)
  | ({ readonly kind: 'gretap' | 'ip6gretap' } & GretapSettings)
  | ({ readonly kind: 'macvlan' | 'macvtap' } & MacvlanSettings)
  | ({ readonly kind: 'vlan' } & Partial<VlanDetails>)
  | ({ readonly kind: 'vrf' } & VrfSettings)
  | ({ readonly kind: 'vxlan' } & VxlanSettings);

/** @throws RangeError when a setting cannot be. */
export function linkKind(link: LinkSpecification): LinkKind {
  switch (link.kind) {
    case 'bridge':
      return bridgeKind(link);
    case 'dummy':
      return dummyKind;
    case 'geneve':
      return geneveKind(link);
    case 'gretap':
      return gretapKind(link);
    case 'macvlan':
      return macvlanKind(link);
    case 'macvtap':
      return macvtapKind(link);
    case 'veth':
      return vethKind(link);
    case 'vlan':
      return vlanKind(link);
    case 'vrf':
      return vrfKind(link);
    case 'vxlan':
      return vxlanKind(link);
  }
}

/** @throws MalformedMessageError */
export function decodeLinkDetails(kind: string | undefined, data: readonly Attribute[]): LinkDetails | undefined {
  switch (kind) {
    case 'bridge':
      return { kind, ...decodeFields(bridgeFields, data) };
    case 'geneve':
      return { kind, ...decodeFields(geneveFields, data) };
    case 'gretap':
    case 'ip6gretap':
      return { kind, ...decodeFields(gretapFields, data) };
    case 'macvlan':
    case 'macvtap':
      return { kind, ...decodeFields(macvlanFields, data) };
    case 'vlan':
      return { kind, ...decodeFields(vlanFields, data) };
    case 'vrf':
      return { kind, ...decodeFields(vrfFields, data) };
    case 'vxlan':
      return { kind, ...decodeFields(vxlanFields, data) };
    default:
      return undefined;
  }
}
