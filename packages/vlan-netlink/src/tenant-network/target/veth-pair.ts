import { changeLink } from '../../link/change.ts';
import { deleteLink } from '../../link/delete.ts';
import { createVeth } from '../../link/kind/veth.ts';
import type { Link } from '../../link/link.ts';
import { findLink } from '../../link/query.ts';
import { NetworkNamespace } from '../../network-namespace/network-namespace.ts';
import { NetlinkSocket } from '../../socket/netlink-socket.ts';
import { inTenant, type PlugScene, whereIs } from '../plug-scene.ts';
import type { PlugStep } from '../plug-step.ts';
import { findLeaf, findOwnLink } from './own-link.ts';

/** The pair's outer end. */
export function findOuterEnd(scene: PlugScene): Promise<Link | undefined> {
  return findOwnLink(scene.hostSocket, scene, scene.identity.port);
}

/** A veth pair: one end is the leaf, where the tenant network's link belongs, the other one is for a bridge or a switch. */
export function vethPairStep(scene: PlugScene, mtu: () => Promise<number>): PlugStep {
  const { identity, hostSocket } = scene;
  return {
    purpose: `join ${whereIs(scene)} to the network by the veth pair ${identity.leaf}, ${identity.port}`,
    difference: async () => {
      const port = await findOuterEnd(scene);
      if (port === undefined) return `the link ${identity.port} is missing`;
      const leaf = await findLeaf(scene);
      if (leaf === undefined) return `the link ${identity.leaf} is missing in ${whereIs(scene)}`;
      const joined = leaf.kind === 'veth' && leaf.link === port.index && port.link === leaf.index;
      return joined ? undefined : `${identity.leaf} and ${identity.port} are no pair`;
    },
    // Made inside a namespace of ours and moved out with its mark: whatever a crash leaves behind is either in such a
    // namespace or marked.
    repair: async () => {
      const stale = [await findOuterEnd(scene), scene.place === 'host' ? await findLeaf(scene) : undefined];
      for (const link of stale) if (link !== undefined) await deleteLink(hostSocket, link.index);
      if (scene.place === 'namespace') return await inTenant(scene, (socket) => createPair(socket));
      using workshop = NetworkNamespace.createAnonymous();
      using socket = NetlinkSocket.open({ namespace: workshop });
      await createPair(socket);
      const leaf = await findLink(socket, identity.leaf);
      if (leaf === undefined) return;
      await changeLink(socket, leaf.index, { alias: identity.mark });
      await changeLink(socket, leaf.index, { namespace: scene.host });
    },
  };

  /** The leaf stays where it is made. */
  async function createPair(socket: NetlinkSocket): Promise<void> {
    for (const name of [identity.leaf, identity.port]) {
      const stale = await findLink(socket, name);
      if (stale !== undefined) await deleteLink(socket, stale.index);
    }
    const bytes = await mtu();
    await createVeth(socket, { name: identity.leaf, mtu: bytes, peer: { name: identity.port, mtu: bytes } });
    const outer = await findLink(socket, identity.port);
    if (outer === undefined) return;
    await changeLink(socket, outer.index, { alias: identity.mark, addressGenerationMode: 'none' });
    await changeLink(socket, outer.index, { namespace: scene.host });
  }
}

/** Makes the outer end a port of a bridge in the host's namespace. */
export function bridgePortStep(scene: PlugScene, name: string, findBridge: () => Promise<Link>): PlugStep {
  const { identity, hostSocket } = scene;
  return {
    purpose: `make ${identity.port} a port of the bridge ${name}`,
    difference: async () => {
      const [port, { index }] = [await findOuterEnd(scene), await findBridge()];
      if (port?.master !== index) return `${identity.port} is no port of ${name}`;
      if (port.addressGenerationMode !== 'none') return `${identity.port} makes IPv6 addresses by itself`;
      return undefined;
    },
    repair: async () => {
      const [port, { index }] = [await findOuterEnd(scene), await findBridge()];
      if (port === undefined) return;
      await changeLink(hostSocket, port.index, { addressGenerationMode: 'none' });
      await changeLink(hostSocket, port.index, { master: index });
    },
  };
}

/** Last, so that no frame passes before the port is where it belongs. */
export function outerEndUpStep(scene: PlugScene): PlugStep {
  const { identity, hostSocket } = scene;
  return {
    purpose: `bring up ${identity.port}`,
    difference: async () => ((await findOuterEnd(scene))?.up === true ? undefined : `${identity.port} is down`),
    repair: async () => {
      const port = await findOuterEnd(scene);
      if (port !== undefined) await changeLink(hostSocket, port.index, { up: true });
    },
  };
}
