import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureLink } from '../link/ensure.ts';
import { NetlinkSocket } from '../socket/netlink-socket.ts';
import { enterFreshNamespace, type FreshNamespace, kernelLacks, whyNoNamespaces } from '../testing/index.ts';
import {
  deleteForwarding,
  deleteNeighbour,
  ensureForwarding,
  ensureNeighbour,
  listForwarding,
  listNeighbours,
} from './neighbour.ts';

const reason = whyNoNamespaces();

describe.skipIf(reason !== undefined)(`neighbours${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
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

  it.each(['10.9.0.2', 'fd00::2'])('%s: is set once, changed, listed, and deleted once', async (address) => {
    const { index } = await ensureLink(socket, { kind: 'veth', name: 'a', up: true, peer: { name: 'b' } });
    const neighbour = { index, address, mac: '02:00:00:00:00:AA' };
    expect(await ensureNeighbour(socket, neighbour)).toEqual({ changed: true });
    expect(await ensureNeighbour(socket, neighbour)).toEqual({ changed: false });
    expect(await ensureNeighbour(socket, { ...neighbour, mac: '02:00:00:00:00:bb' })).toEqual({ changed: true });
    expect((await listNeighbours(socket, index)).filter((one) => one.address === address)).toMatchObject([
      { index, mac: '02:00:00:00:00:bb', state: 'permanent' },
    ]);
    expect(await deleteNeighbour(socket, { index, address })).toEqual({ changed: true });
    expect((await listNeighbours(socket, index)).filter((one) => one.state === 'permanent')).toEqual([]);
  });

  it('frames for a MAC address leave by the port of a bridge that was set for them', async () => {
    const bridge = await ensureLink(socket, { kind: 'bridge', name: 'br' });
    const { index } = await ensureLink(socket, { kind: 'veth', name: 'a', master: bridge.index, peer: { name: 'b' } });
    const entry = { index, mac: '02:00:00:00:00:01' };
    expect(await ensureForwarding(socket, entry)).toEqual({ changed: true });
    expect(await ensureForwarding(socket, entry)).toEqual({ changed: false });
    expect(await listForwarding(socket, index)).toContainEqual(
      expect.objectContaining({ family: 'bridge', mac: entry.mac, state: 'permanent' }),
    );
    expect(await deleteForwarding(socket, entry)).toEqual({ changed: true });
    expect(await deleteForwarding(socket, entry)).toEqual({ changed: false });
  });

  it('frames for a MAC address leave by the end of a VXLAN tunnel that was set for them', async ({ skip }) => {
    const tunnel = { kind: 'vxlan', name: 'vx', vni: 7, local: '10.9.0.1' } as const;
    const lack = await kernelLacks('VXLAN links', () => ensureLink(socket, tunnel));
    if (lack !== undefined) skip(lack);
    const { index } = await ensureLink(socket, tunnel);
    const entry = { index, mac: '02:00:00:00:00:01', remote: '10.9.0.2' };
    expect(await ensureForwarding(socket, entry)).toEqual({ changed: true });
    expect(await ensureForwarding(socket, entry)).toEqual({ changed: false });
    expect(await listForwarding(socket, index)).toContainEqual(
      expect.objectContaining({ mac: entry.mac, address: entry.remote }),
    );
    expect(await deleteForwarding(socket, entry)).toEqual({ changed: true });
  });
});
