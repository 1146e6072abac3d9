import { findNested, nestedAttribute } from '../../codec/attribute.ts';
import { findU16 } from '../../codec/attribute-value.ts';
import { type BridgeVlanRange, decodeBridgeVlans, encodeBridgeVlans } from '../../codec/bridge-vlan.ts';
import { decodeLinkMessage, encodeLinkMessage } from '../../codec/link-message.ts';
import { LinkAttribute, LinkRequest } from '../../link/link-attribute.ts';
import type { FakeLink } from './fake-link.ts';
import type { FakeAnswer, FakeHandler, FakeRequest } from './fake-request.ts';
import { FakeErrno, Refusal } from './refusal.ts';

const AF_BRIDGE = 7;
/** IFLA_BRIDGE_FLAGS and its BRIDGE_FLAGS_SELF. */
const [BRIDGE_FLAGS, SELF] = [0, 2];

function changeVlans({ message: { payload, type }, namespace }: FakeRequest): undefined {
  const { index, attributes } = decodeLinkMessage(payload);
  const link = namespace.require(index);
  const specific = findNested(attributes, LinkAttribute.familySpecific);
  const self = (findU16(specific, BRIDGE_FLAGS) ?? 0) === SELF;
  if (!self && link.master?.kind !== 'bridge') throw new Refusal(FakeErrno.EOPNOTSUPP);
  for (const { first, last, pvid, untagged } of decodeBridgeVlans(specific)) {
    if (first < 1 || last > 4094 || last < first) throw new Refusal(FakeErrno.EINVAL, 'Invalid vlan id');
    for (let id = first; id <= last; id++) {
      if (type === LinkRequest.delete) link.vlans.delete(id);
      else {
        if (pvid) for (const [other, was] of link.vlans) link.vlans.set(other, { ...was, pvid: false });
        link.vlans.set(id, { pvid, untagged });
      }
    }
  }
}

function ranges(link: FakeLink): BridgeVlanRange[] {
  const found: { first: number; last: number; pvid: boolean; untagged: boolean }[] = [];
  for (const [id, { pvid, untagged }] of [...link.vlans].sort(([a], [b]) => a - b)) {
    const before = found.at(-1);
    const continues = before?.last === id - 1 && before.untagged === untagged && !before.pvid && !pvid;
    if (before !== undefined && continues) before.last = id;
    else found.push({ first: id, last: id, pvid, untagged });
  }
  return found;
}

function listVlans({ namespace }: FakeRequest): FakeAnswer {
  const ports = namespace.links.filter(({ kind, master }) => kind === 'bridge' || master?.kind === 'bridge');
  const payloads = ports.map((link) =>
    encodeLinkMessage({
      family: AF_BRIDGE,
      hardwareType: 1,
      index: link.index,
      flags: 0,
      change: 0,
      attributes: [nestedAttribute(LinkAttribute.familySpecific, encodeBridgeVlans(ranges(link)))],
    }),
  );
  return { type: LinkRequest.new, payloads };
}

/** RTM_*LINK of the family AF_BRIDGE. */
export const bridgeVlanHandlers: ReadonlyMap<number, FakeHandler> = new Map<number, FakeHandler>([
  [LinkRequest.set, changeVlans],
  [LinkRequest.delete, changeVlans],
  [LinkRequest.get, listVlans],
]);
