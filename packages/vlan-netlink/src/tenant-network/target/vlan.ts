import { setTimeout as sleep } from 'node:timers/promises';
import { changeLink } from '../../link/change.ts';
import { deleteLink } from '../../link/delete.ts';
import { createVlan } from '../../link/kind/vlan.ts';
import type { Link } from '../../link/link.ts';
import { findLink } from '../../link/query.ts';
import { NetworkNamespace } from '../../network-namespace/network-namespace.ts';
import { isKernelError } from '../../socket/kernel-error.ts';
import { NetlinkSocket } from '../../socket/netlink-socket.ts';
import type { PlugTarget } from '../contract.ts';
import { inTenant, type PlugScene, vlanOf, whereIs } from '../plug-scene.ts';
import { TenantNetworkError } from '../tenant-network-error.ts';
import { findLeaf } from './own-link.ts';
import type { TargetPlug } from './target-plug.ts';

/** A namespace that was deleted with its VLAN link inside gives the VLAN back a moment later. */
const TAKEN_ATTEMPTS = 20;
const TAKEN_PAUSE_MS = 100;

/** An 802.1Q link on the physical network's device, born inside the tenant's namespace. */
export function vlanPlug(scene: PlugScene, target: Extract<PlugTarget, { kind: 'vlan' }>): TargetPlug {
  const { identity, hostSocket } = scene;
  const segment = vlanOf(scene);
  const { device } = target;
  const tried = `cannot plug VLAN ${segment.vlanId} of physical network "${segment.physicalNetwork}"`;

  async function findDevice(): Promise<Link> {
    const link = await findLink(hostSocket, device);
    if (link?.up === true) return link;
    const what = link === undefined ? 'is not on this host' : 'is down';
    throw new TenantNetworkError('device_unusable', `${tried}: its device ${device} ${what}`);
  }

  /**
   * Among the host's links it appears with its mark: it is made in a namespace that ends with this process, and moved out of it.
   * So a crash leaves no link of which nobody knows whose it is.
   */
  async function createAmongHosts(): Promise<void> {
    using workshop = NetworkNamespace.createAnonymous();
    await create(workshop);
    using socket = NetlinkSocket.open({ namespace: workshop });
    const link = await findLink(socket, identity.leaf);
    if (link === undefined) return;
    await changeLink(socket, link.index, { alias: identity.mark });
    await changeLink(socket, link.index, { namespace: scene.host });
  }

  async function create(namespace: NetworkNamespace): Promise<void> {
    const { index, mtu } = await findDevice();
    const link = { name: identity.leaf, mtu, namespace, device: index, vlanId: segment.vlanId };
    for (let attempt = 1; ; attempt++) {
      scene.signal?.throwIfAborted();
      try {
        await createVlan(hostSocket, link);
        return;
      } catch (error) {
        if (!isKernelError(error)) throw error;
        if (error.code === 'EOPNOTSUPP') {
          const advice = `this kernel has no 802.1Q links (module 8021q); load it, or use the target kind bridge or ovs`;
          throw new TenantNetworkError('kernel_lacks_8021q', `${tried}: ${advice}`, error);
        }
        if (error.code !== 'EEXIST') throw error;
        if (attempt === TAKEN_ATTEMPTS) {
          const advice = `another link on ${device} has this VLAN, perhaps in another namespace`;
          throw new TenantNetworkError('vlan_taken', `${tried}: ${advice}`, error);
        }
        await sleep(TAKEN_PAUSE_MS);
      }
    }
  }

  return {
    check: async () => {
      await findDevice();
      if (scene.place === 'host') await findLeaf(scene);
    },
    steps: [
      {
        purpose: `make the VLAN link ${identity.leaf} on ${device}`,
        difference: async () => {
          const { index } = await findDevice();
          const leaf = await findLeaf(scene);
          if (leaf === undefined) return `the link ${identity.leaf} is missing in ${whereIs(scene)}`;
          const right = leaf.vlan?.vlanId === segment.vlanId && leaf.vlan.protocol === 0x8100 && leaf.link === index;
          return right ? undefined : `${identity.leaf} is not VLAN ${segment.vlanId} on ${device}`;
        },
        repair: () =>
          inTenant(scene, async (socket, namespace) => {
            const stale = await findLeaf(scene);
            if (stale !== undefined) await deleteLink(socket, stale.index);
            await (scene.place === 'host' ? createAmongHosts() : create(namespace));
          }),
      },
    ],
  };
}
