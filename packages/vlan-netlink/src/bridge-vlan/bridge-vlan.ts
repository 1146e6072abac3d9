import { findNested, nestedAttribute } from '../codec/attribute.ts';
import { u16, u32 } from '../codec/attribute-value.ts';
import { type BridgeVlanRange, decodeBridgeVlans, encodeBridgeVlans } from '../codec/bridge-vlan.ts';
import { decodeLinkMessage, encodeLinkMessage } from '../codec/link-message.ts';
import { MessageFlag } from '../codec/message.ts';
import { checkVlanId } from '../link/kind/vlan.ts';
import { LinkAttribute, LinkRequest } from '../link/link-attribute.ts';
import type { NetlinkSocket, RequestOptions } from '../socket/netlink-socket.ts';

const AF_BRIDGE = 7;
/** RTEXT_FILTER_BRVLAN_COMPRESSED: VLANs as ranges. */
const COMPRESSED_VLANS = 4;
/** IFLA_BRIDGE_FLAGS, inside IFLA_AF_SPEC, and its BRIDGE_FLAGS_SELF (`<linux/if_bridge.h>`). */
const BRIDGE_FLAGS = 0;
const SELF = 2;

export type { BridgeVlanRange } from '../codec/bridge-vlan.ts';

/** VLANs to add to a port: one, or all from `vlanId` to `lastVlanId`. */
export interface NewBridgeVlan {
  /** 1 to 4094. */
  readonly vlanId: number;
  /** Default `vlanId`. */
  readonly lastVlanId?: number;
  /** Untagged frames that come in belong to it; not for a range. Default false. */
  readonly pvid?: boolean;
  /** Its frames go out without a tag. Default false. */
  readonly untagged?: boolean;
}

/** VLANs of a bridge or of one of its ports. */
export interface BridgeVlanPort {
  /** Index of the link. */
  readonly index: number;
  /** In the order of their numbers. */
  readonly vlans: readonly BridgeVlanRange[];
}

export interface BridgeVlanOptions extends RequestOptions {
  /** The link is the bridge itself, and its own VLANs are meant. Default false: a port. */
  readonly self?: boolean;
}

function asRange({ vlanId, lastVlanId = vlanId, pvid = false, untagged = false }: NewBridgeVlan): BridgeVlanRange {
  checkVlanId(vlanId);
  checkVlanId(lastVlanId);
  if (lastVlanId < vlanId) throw new RangeError(`VLANs ${vlanId} to ${lastVlanId} are no range`);
  if (pvid && lastVlanId !== vlanId)
    throw new RangeError(`only one VLAN can be the PVID, not ${vlanId} to ${lastVlanId}`);
  return { first: vlanId, last: lastVlanId, pvid, untagged };
}

async function change(
  socket: NetlinkSocket,
  type: number,
  index: number,
  ranges: readonly BridgeVlanRange[],
  { self = false, ...options }: BridgeVlanOptions,
): Promise<void> {
  if (ranges.length === 0) return;
  const names = ranges.map(({ first, last }) => (first === last ? first : `${first}-${last}`)).join(', ');
  const verb = type === LinkRequest.set ? 'add VLANs to' : 'remove VLANs from';
  const payload = encodeLinkMessage({
    family: AF_BRIDGE,
    hardwareType: 0,
    index,
    flags: 0,
    change: 0,
    attributes: [
      nestedAttribute(LinkAttribute.familySpecific, [
        ...(self ? [u16(BRIDGE_FLAGS, SELF)] : []),
        ...encodeBridgeVlans(ranges),
      ]),
    ],
  });
  await socket.request({ type, payload, description: `${verb} the link with index ${index}: ${names}` }, options);
}

/** VLANs of all bridges and their ports in the socket's namespace, or of the one with this index. */
export async function listBridgeVlans(
  socket: NetlinkSocket,
  index?: number,
  options?: RequestOptions,
): Promise<BridgeVlanPort[]> {
  const payload = encodeLinkMessage({
    family: AF_BRIDGE,
    hardwareType: 0,
    index: 0,
    flags: 0,
    change: 0,
    attributes: [u32(LinkAttribute.extensionMask, COMPRESSED_VLANS)],
  });
  const answers = await socket.request(
    { type: LinkRequest.get, flags: MessageFlag.dump, payload, description: 'list the VLANs of bridges' },
    options,
  );
  return answers
    .filter(({ type }) => type === LinkRequest.new)
    .map((answer) => decodeLinkMessage(answer.payload))
    .filter((message) => index === undefined || message.index === index)
    .map((message) => ({
      index: message.index,
      vlans: decodeBridgeVlans(findNested(message.attributes, LinkAttribute.familySpecific)),
    }));
}

/**
 * Adds VLANs to a port of a bridge. Other VLANs stay; one that is there gets the flags given here.
 *
 * @throws RangeError; KernelError `EOPNOTSUPP` when the link is no port, or the kernel's bridges know no VLANs.
 */
export async function addBridgeVlans(
  socket: NetlinkSocket,
  index: number,
  vlans: readonly NewBridgeVlan[],
  options: BridgeVlanOptions = {},
): Promise<void> {
  await change(socket, LinkRequest.set, index, vlans.map(asRange), options);
}

/** Removes VLANs from a port of a bridge; those that it has not are fine. @throws RangeError, KernelError */
export async function deleteBridgeVlans(
  socket: NetlinkSocket,
  index: number,
  vlans: readonly Pick<NewBridgeVlan, 'vlanId' | 'lastVlanId'>[],
  options: BridgeVlanOptions = {},
): Promise<void> {
  const ranges = vlans.map(({ vlanId, lastVlanId = vlanId }) => asRange({ vlanId, lastVlanId }));
  await change(socket, LinkRequest.delete, index, ranges, options);
}

/** One entry per VLAN: whether it is there, and its flags. */
type VlanTable = ReadonlyMap<number, Pick<BridgeVlanRange, 'pvid' | 'untagged'>>;

function asTable(ranges: readonly BridgeVlanRange[]): VlanTable {
  const table = new Map<number, Pick<BridgeVlanRange, 'pvid' | 'untagged'>>();
  for (const { first, last, pvid, untagged } of ranges) {
    for (let id = first; id <= last; id++) table.set(id, { pvid, untagged });
  }
  return table;
}

/** Neighbouring VLANs with equal flags as ranges. A PVID stands alone: the kernel takes no range with it. */
function asRanges(table: VlanTable): BridgeVlanRange[] {
  const ranges: { first: number; last: number; pvid: boolean; untagged: boolean }[] = [];
  for (const [id, { pvid, untagged }] of [...table].sort(([a], [b]) => a - b)) {
    const before = ranges.at(-1);
    if (before !== undefined && before.last === id - 1 && before.untagged === untagged && !before.pvid && !pvid) {
      before.last = id;
    } else {
      ranges.push({ first: id, last: id, pvid, untagged });
    }
  }
  return ranges;
}

/**
 * Makes sure that a port of a bridge has exactly these VLANs with exactly these flags, and no others.
 *
 * @throws RangeError, KernelError
 */
export async function ensureBridgeVlans(
  socket: NetlinkSocket,
  index: number,
  vlans: readonly NewBridgeVlan[],
  options: BridgeVlanOptions = {},
): Promise<{ readonly changed: boolean }> {
  const wanted = asTable(vlans.map(asRange));
  const [port] = await listBridgeVlans(socket, index, options);
  const present = asTable(port?.vlans ?? []);
  const surplus = new Map([...present].filter(([id]) => !wanted.has(id)));
  const missing = new Map(
    [...wanted].filter(([id, { pvid, untagged }]) => {
      const found = present.get(id);
      return found === undefined || found.pvid !== pvid || found.untagged !== untagged;
    }),
  );
  // What should not be heard goes before what should is added.
  await change(socket, LinkRequest.delete, index, asRanges(surplus), options);
  await change(socket, LinkRequest.set, index, asRanges(missing), options);
  return { changed: surplus.size > 0 || missing.size > 0 };
}
