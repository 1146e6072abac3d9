import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureLink } from '../link/ensure.ts';
import { NetlinkSocket } from '../socket/netlink-socket.ts';
import { enterFreshNamespace, type FreshNamespace, kernelLacks, whyNoNamespaces } from '../testing/index.ts';
import { addBridgeVlans, deleteBridgeVlans, ensureBridgeVlans, listBridgeVlans } from './bridge-vlan.ts';

const reason = whyNoNamespaces();
const bridgeWithVlans = { kind: 'bridge', name: 'br', vlanFiltering: true, defaultPvid: 1 } as const;

describe.skipIf(reason !== undefined)(`VLANs of a bridge${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  let fresh: FreshNamespace;
  let socket: NetlinkSocket;
  beforeEach(async () => {
    fresh = await enterFreshNamespace();
    socket = NetlinkSocket.open();
  });
  afterEach(() => {
    socket.close();
    fresh.leave();
  });

  async function port(skip: (note: string) => never): Promise<number> {
    const lack = await kernelLacks('VLAN-aware bridges', () => ensureLink(socket, bridgeWithVlans));
    if (lack !== undefined) skip(lack);
    const bridge = await ensureLink(socket, bridgeWithVlans);
    return (await ensureLink(socket, { kind: 'veth', name: 'a', master: bridge.index, peer: { name: 'b' } })).index;
  }
  const vlansOf = async (index: number): Promise<unknown> => (await listBridgeVlans(socket, index))[0]?.vlans;
  const tagged = { pvid: false, untagged: false };
  const access = { pvid: true, untagged: true };

  it('are added and removed, alone and in ranges', async ({ skip }) => {
    const index = await port(skip);
    expect(await vlansOf(index)).toEqual([{ first: 1, last: 1, ...access }]);
    await addBridgeVlans(socket, index, [
      { vlanId: 100, pvid: true, untagged: true },
      { vlanId: 200, lastVlanId: 299 },
    ]);
    await deleteBridgeVlans(socket, index, [{ vlanId: 1 }, { vlanId: 250, lastVlanId: 259 }]);
    expect(await vlansOf(index)).toEqual([
      { first: 100, last: 100, ...access },
      { first: 200, last: 249, ...tagged },
      { first: 260, last: 299, ...tagged },
    ]);
  });

  it('are ensured: what is missing is added, what is wrong changed, and all others are removed', async ({ skip }) => {
    const index = await port(skip);
    const wanted = [
      { vlanId: 100, pvid: true, untagged: true },
      { vlanId: 300, lastVlanId: 2000 },
    ];
    expect(await ensureBridgeVlans(socket, index, wanted)).toEqual({ changed: true });
    expect(await ensureBridgeVlans(socket, index, wanted)).toEqual({ changed: false });
    await addBridgeVlans(socket, index, [{ vlanId: 100 }, { vlanId: 5 }]);
    await deleteBridgeVlans(socket, index, [{ vlanId: 1000 }]);
    expect(await ensureBridgeVlans(socket, index, wanted)).toEqual({ changed: true });
    expect(await vlansOf(index)).toEqual([
      { first: 100, last: 100, ...access },
      { first: 300, last: 2000, ...tagged },
    ]);
  });

  it('of the bridge itself are set apart from those of its ports', async ({ skip }) => {
    await port(skip);
    const { index } = await ensureLink(socket, bridgeWithVlans);
    await addBridgeVlans(socket, index, [{ vlanId: 40 }], { self: true });
    expect(await vlansOf(index)).toContainEqual({ first: 40, last: 40, ...tagged });
  });

  it('are refused when they cannot be', async () => {
    const refused = [
      [{ vlanId: 0 }],
      [{ vlanId: 4095 }],
      [{ vlanId: 9, lastVlanId: 8 }],
      [{ vlanId: 8, lastVlanId: 9, pvid: true }],
    ];
    for (const vlans of refused) await expect(addBridgeVlans(socket, 1, vlans)).rejects.toThrow(RangeError);
  });
});
