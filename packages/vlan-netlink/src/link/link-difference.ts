import { decodeAttributes, findNested, findPayload } from '../codec/attribute.ts';
import { decodeLinkMessage } from '../codec/link-message.ts';
import type { LinkChange } from './change.ts';
import type { LinkKind } from './kind/link-kind.ts';
import type { Link } from './link.ts';
import { LinkAttribute, LinkInfoAttribute } from './link-attribute.ts';

/** What can be wanted of a link that exists, whatever its kind. */
export type WantedChange = Omit<LinkChange, 'name' | 'namespace'>;

/** The part of what is wanted that the link has not. */
export function changeDifference(link: Link, wanted: WantedChange): WantedChange {
  const { up, master, mtu, mac, alias, addressGenerationMode, group } = wanted;
  return {
    ...(up !== undefined && up !== link.up && { up }),
    ...(master !== undefined && (master ?? undefined) !== link.master && { master }),
    ...(mtu !== undefined && mtu !== link.mtu && { mtu }),
    ...(mac !== undefined && mac.toLowerCase() !== link.mac && { mac }),
    ...(alias !== undefined && alias !== (link.alias ?? '') && { alias }),
    ...(group !== undefined && group !== link.group && { group }),
    ...(addressGenerationMode !== undefined &&
      addressGenerationMode !== link.addressGenerationMode && { addressGenerationMode }),
  };
}

/** How a link is of another kind, on another device, or has other settings of its kind, and whether it can be cured. */
export interface KindDifference {
  readonly differences: readonly string[];
  /** The kernel can change them all; otherwise the link must be made anew. */
  readonly changeable: boolean;
}

/** @param payload the link as the kernel sent it. */
export function kindDifference(link: Link, payload: Uint8Array, wanted: LinkKind): KindDifference {
  if (link.kind !== wanted.kind) return { differences: ['kind'], changeable: false };
  const info = findNested(decodeLinkMessage(payload).attributes, LinkAttribute.linkInfo);
  const data = findPayload(info, LinkInfoAttribute.data);
  const settings = wanted.differences?.(data === undefined ? [] : decodeAttributes(data)) ?? [];
  const moved = wanted.link !== undefined && wanted.link !== link.link;
  const { changeable = [] } = wanted;
  return {
    differences: [...(moved ? ['device'] : []), ...settings],
    changeable: !moved && settings.every((name) => changeable.includes(name)),
  };
}
