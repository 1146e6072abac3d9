import { setTimeout as sleep } from 'node:timers/promises';
import { deleteAddress, ensureAddress, listAddresses } from '../address/address.ts';
import { changeLink } from '../link/change.ts';
import type { Link } from '../link/link.ts';
import { findLink } from '../link/query.ts';
import type { NetlinkSocket } from '../socket/netlink-socket.ts';
import { type LeafAddress, sameAddress } from './leaf-address.ts';
import { inTenant, type PlugScene, whereIs } from './plug-scene.ts';
import type { PlugStep } from './plug-step.ts';
import { TenantNetworkError } from './tenant-network-error.ts';

const LINK_LOCAL_PREFIX_LENGTH = 64;
const CARRIER_TIMEOUT_MS = 2000;
const CARRIER_PAUSE_MS = 5;

/** The link inside the namespace, once the target's own steps have brought it there. */
export function leafSteps(scene: PlugScene): PlugStep[] {
  const { identity, mac } = scene;
  const name = identity.leaf;
  const where = whereIs(scene);
  const wanted: readonly LeafAddress[] = [
    { address: scene.linkLocal, prefixLength: LINK_LOCAL_PREFIX_LENGTH },
    ...scene.addresses,
  ];
  const withLeaf = <T>(action: (socket: NetlinkSocket, leaf: Link) => Promise<T>): Promise<T> =>
    inTenant(scene, async (socket) => {
      const leaf = await findLink(socket, name);
      if (leaf === undefined) {
        throw new TenantNetworkError('plug_incomplete', `the link ${name} has vanished from ${where}`);
      }
      return await action(socket, leaf);
    });

  return [
    {
      purpose: `set up the link ${name} in ${where}`,
      difference: () =>
        withLeaf(async (_socket, leaf) => {
          if (leaf.alias !== identity.mark) return `${name} has the alias "${leaf.alias ?? ''}"`;
          if (leaf.mac !== mac) return `${name} has the MAC address ${leaf.mac}, should be ${mac}`;
          if (leaf.addressGenerationMode !== 'none') return `${name} makes IPv6 addresses by itself`;
          return leaf.up ? undefined : `${name} is down`;
        }),
      // Up last, and after the rest: nothing is sent with another MAC or address.
      repair: () =>
        withLeaf(async (socket, { index }) => {
          await changeLink(socket, index, { addressGenerationMode: 'none', alias: identity.mark });
          await changeLink(socket, index, { mac });
          await changeLink(socket, index, { up: true });
        }),
    },
    {
      purpose: `give the link ${name} in ${identity.namespace} its addresses`,
      difference: () =>
        withLeaf(async (socket, { index }) => {
          const actual = await listAddresses(socket, index);
          const strange = actual.find((address) => !wanted.some((other) => sameAddress(address, other)));
          if (strange !== undefined) return `${name} has the address ${strange.address}, which nobody asked for`;
          for (const { address, prefixLength } of wanted) {
            const found = actual.find((other) => sameAddress(other, { address, prefixLength }));
            if (found === undefined) return `${name} lacks the address ${address}/${prefixLength}`;
            if (found.tentative || found.duplicate) return `the address ${address} of ${name} is not usable`;
          }
          return undefined;
        }),
      repair: () =>
        withLeaf(async (socket, { index }) => {
          for (const { address, prefixLength, tentative, duplicate } of await listAddresses(socket, index)) {
            const stays = wanted.some((other) => sameAddress(other, { address, prefixLength }));
            if (!stays || tentative || duplicate) await deleteAddress(socket, { index, address, prefixLength });
          }
          for (const address of wanted) await ensureAddress(socket, { ...address, index, noDuplicateDetection: true });
          await announceAddresses(scene, socket, index);
        }),
    },
  ];
}

/**
 * Tells all neighbours, by gratuitous ARP and unsolicited neighbour advertisements, who has the link's addresses now.
 * The kernel does so whenever the MAC address is set, be it to what it was, since arp_notify and ndisc_notify are on.
 */
async function announceAddresses(scene: PlugScene, socket: NetlinkSocket, index: number): Promise<void> {
  if (scene.addresses.length > 0) await untilFramesPass(scene, socket, index);
  await changeLink(socket, index, { mac: scene.mac });
}

/**
 * A link that was just brought up drops what it is given until the kernel has seen its carrier, which a worker of its own
 * does a moment later; the same is true of the outer end, whose bridge forwards nothing before. A cable that is not
 * plugged in holds nobody up: who comes later asks for the address.
 */
async function untilFramesPass(
  { hostSocket, identity, signal }: PlugScene,
  socket: NetlinkSocket,
  index: number,
): Promise<void> {
  const deadline = performance.now() + CARRIER_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const outer = await findLink(hostSocket, identity.port);
    const leaf = await findLink(socket, index);
    if (leaf?.running === true && outer?.running !== false) return;
    signal?.throwIfAborted();
    await sleep(CARRIER_PAUSE_MS);
  }
}
