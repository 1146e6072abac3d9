import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changeLink } from '../link/change.ts';
import { createVeth } from '../link/kind/veth.ts';
import { findLink } from '../link/query.ts';
import { NetworkNamespace } from '../network-namespace/network-namespace.ts';
import { NetlinkSocket } from '../socket/netlink-socket.ts';
import { enterFreshNamespace, type FreshNamespace, whyNoNamespaces } from '../testing/index.ts';
import { type Address, deleteAddress, ensureAddress, listAddresses } from './address.ts';

const reason = whyNoNamespaces();

describe.skipIf(reason !== undefined)(`addresses${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  let fresh: FreshNamespace;
  let other: NetworkNamespace;
  let socket: NetlinkSocket;
  let index: number;
  beforeEach(async () => {
    fresh = await enterFreshNamespace();
    other = NetworkNamespace.createAnonymous();
    socket = NetlinkSocket.open();
    ({ index } = await createVeth(socket, { name: 'a', peer: { name: 'b', namespace: other } }));
    await changeLink(socket, index, { addressGenerationMode: 'none', up: true });
  });
  afterEach(() => {
    socket.close();
    other.close();
    fresh.leave();
  });

  const found = async (address: string): Promise<Address | undefined> =>
    (await listAddresses(socket, index)).find((one) => one.address === address);

  it('are repaired when another host was found to have them, and are usable then', async () => {
    using there = socket.openIn(other);
    const theirs = (await findLink(there, 'b'))?.index ?? 0;
    await changeLink(there, theirs, { up: true });
    const address = { index, address: 'fd00::1', prefixLength: 64 };
    const first = { ...address, index: theirs, noDuplicateDetection: true };
    await ensureAddress(there, first);
    await ensureAddress(socket, address);
    await expect.poll(async () => (await found('fd00::1'))?.duplicate, { timeout: 20_000 }).toBe(true);
    await deleteAddress(there, first);
    expect(await ensureAddress(socket, { ...address, noDuplicateDetection: true })).toEqual({ changed: true });
    expect(await found('fd00::1')).toMatchObject({ duplicate: false, tentative: false, prefixLength: 64 });
    expect(await ensureAddress(socket, address)).toEqual({ changed: false });
  });

  it('get the prefix that is wanted: IPv6 has one per address, IPv4 may have several', async () => {
    for (const [address, before, after] of [
      ['fd00::1', 64, 80],
      ['10.0.0.1', 24, 16],
    ] as const) {
      await ensureAddress(socket, { index, address, prefixLength: before });
      expect(await ensureAddress(socket, { index, address, prefixLength: after })).toEqual({ changed: true });
    }
    const prefixes = (await listAddresses(socket, index)).map((one) => `${one.address}/${one.prefixLength}`);
    expect(prefixes.sort()).toEqual(['10.0.0.1/16', '10.0.0.1/24', 'fd00::1/80']);
  });
});
