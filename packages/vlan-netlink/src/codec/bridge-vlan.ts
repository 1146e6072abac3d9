import { type Attribute, attribute } from './attribute.ts';
import { littleEndian, viewOf } from './bytes.ts';
import { MalformedMessageError } from './malformed-message-error.ts';

/** VLANs of a bridge port, from `first` to `last`; one VLAN when these are equal. */
export interface BridgeVlanRange {
  readonly first: number;
  readonly last: number;
  /** Untagged frames that come in belong to it. Only one VLAN of a port can be that. */
  readonly pvid: boolean;
  /** Its frames go out without a tag. */
  readonly untagged: boolean;
}

/** BRIDGE_VLAN_INFO_* (`<linux/if_bridge.h>`). */
const PVID = 2;
const UNTAGGED = 4;
const RANGE_BEGIN = 8;
const RANGE_END = 16;
/** IFLA_BRIDGE_VLAN_INFO, inside IFLA_AF_SPEC. */
const VLAN_INFO = 2;

function vlanInfo(flags: number, vlanId: number): Attribute {
  const payload = new Uint8Array(4);
  const view = viewOf(payload);
  view.setUint16(0, flags, littleEndian);
  view.setUint16(2, vlanId, littleEndian);
  return attribute(VLAN_INFO, payload);
}

/** `struct bridge_vlan_info`, one for a VLAN and two for more of them. */
export function encodeBridgeVlans(ranges: readonly BridgeVlanRange[]): Attribute[] {
  return ranges.flatMap(({ first, last, pvid, untagged }) => {
    const flags = (pvid ? PVID : 0) | (untagged ? UNTAGGED : 0);
    if (first === last) return [vlanInfo(flags, first)];
    return [vlanInfo(flags | RANGE_BEGIN, first), vlanInfo(flags | RANGE_END, last)];
  });
}

/**
 * @param attributes of IFLA_AF_SPEC.
 * @throws MalformedMessageError
 */
export function decodeBridgeVlans(attributes: readonly Attribute[]): BridgeVlanRange[] {
  const ranges: BridgeVlanRange[] = [];
  let begin: number | undefined;
  for (const { type, payload } of attributes) {
    if (type !== VLAN_INFO) continue;
    if (payload.length !== 4) throw new MalformedMessageError(`bridge VLAN of ${payload.length} bytes`, 0);
    const view = viewOf(payload);
    const flags = view.getUint16(0, littleEndian);
    const vlanId = view.getUint16(2, littleEndian);
    if ((flags & RANGE_BEGIN) !== 0) {
      begin = vlanId;
      continue;
    }
    const first = (flags & RANGE_END) === 0 ? vlanId : begin;
    if (first === undefined) throw new MalformedMessageError(`a range of bridge VLANs without a beginning`, 0);
    ranges.push({ first, last: vlanId, pvid: (flags & PVID) !== 0, untagged: (flags & UNTAGGED) !== 0 });
    begin = undefined;
  }
  return ranges;
}
