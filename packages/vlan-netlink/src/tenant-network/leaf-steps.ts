import { deleteAddress, ensureAddress, listAddresses } from '../address/address.ts';
import { changeLink } from '../link/change.ts';
import type { Link } from '../link/link.ts';
import { findLink } from '../link/query.ts';
import type { NetlinkSocket } from '../socket/netlink-socket.ts';
import { inTenant, type PlugScene } from './plug-scene.ts';
import type { PlugStep } from './plug-step.ts';
import { TenantNetworkError } from './tenant-network-error.ts';

const PREFIX_LENGTH = 64;

/** The link inside the namespace, once the target's own steps have brought it there. */
export function leafSteps(scene: PlugScene): PlugStep[] {
  const { identity, linkLocal } = scene;
  const name = identity.leaf;
  const withLeaf = <T>(action: (socket: NetlinkSocket, leaf: Link) => Promise<T>): Promise<T> =>
    inTenant(scene, async (socket) => {
      const leaf = await findLink(socket, name);
      if (leaf === undefined) {
        throw new TenantNetworkError('plug_incomplete', `the link ${name} has vanished from ${identity.namespace}`);
      }
      return await action(socket, leaf);
    });
  const strangers = async (socket: NetlinkSocket, leaf: Link): Promise<readonly string[]> =>
    (await listAddresses(socket, leaf.index))
      .filter(({ address }) => address.startsWith('fe80:') && address !== linkLocal)
      .map(({ address }) => address);

  return [
    {
      purpose: `set up the link ${name} in ${identity.namespace}`,
      difference: () =>
        withLeaf(async (_socket, leaf) => {
          if (leaf.alias !== identity.mark) return `${name} has the alias "${leaf.alias ?? ''}"`;
          if (leaf.mac !== identity.mac) return `${name} has the MAC address ${leaf.mac}, should be ${identity.mac}`;
          if (leaf.addressGenerationMode !== 'none') return `${name} makes IPv6 addresses by itself`;
          return leaf.up ? undefined : `${name} is down`;
        }),
      // Up last, and after the rest: nothing is sent with another MAC or address.
      repair: () =>
        withLeaf(async (socket, { index }) => {
          await changeLink(socket, index, { addressGenerationMode: 'none', alias: identity.mark });
          await changeLink(socket, index, { mac: identity.mac });
          await changeLink(socket, index, { up: true });
        }),
    },
    {
      purpose: `give the link ${name} in ${identity.namespace} the address ${linkLocal}`,
      difference: () =>
        withLeaf(async (socket, leaf) => {
          const other = await strangers(socket, leaf);
          if (other.length > 0) return `${name} has the address ${other.join(', ')}`;
          const ours = (await listAddresses(socket, leaf.index)).find(({ address }) => address === linkLocal);
          if (ours === undefined) return `${name} lacks the address ${linkLocal}`;
          return ours.tentative || ours.duplicate ? `the address ${linkLocal} of ${name} is not usable` : undefined;
        }),
      repair: () =>
        withLeaf(async (socket, leaf) => {
          const { index } = leaf;
          for (const address of [...(await strangers(socket, leaf)), linkLocal]) {
            await deleteAddress(socket, { index, address, prefixLength: PREFIX_LENGTH });
          }
          const address = { index, address: linkLocal, prefixLength: PREFIX_LENGTH, noDuplicateDetection: true };
          await ensureAddress(socket, address);
        }),
    },
  ];
}
