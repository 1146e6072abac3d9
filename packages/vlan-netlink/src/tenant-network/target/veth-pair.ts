import { changeLink } from '../../link/change.ts';
import { deleteLink } from '../../link/delete.ts';
import { createVeth } from '../../link/kind/veth.ts';
import type { Link } from '../../link/link.ts';
import { findLink } from '../../link/query.ts';
import { inTenant, type PlugScene } from '../plug-scene.ts';
import type { PlugStep } from '../plug-step.ts';
import { TenantNetworkError } from '../tenant-network-error.ts';

/** The pair's outer end. A link of its name without our mark is somebody else's, and is not touched. */
export async function findOuterEnd({ identity, hostSocket }: PlugScene): Promise<Link | undefined> {
  const port = await findLink(hostSocket, identity.port);
  if (port === undefined || port.alias === identity.mark) return port;
  throw new TenantNetworkError(
    'name_taken',
    `the link ${identity.port} is not ours (its alias is "${port.alias ?? ''}", ours is "${identity.mark}"); remove or rename it`,
  );
}

/** A veth pair: one end is the leaf in the tenant's namespace, the other one is outside, for a bridge or a switch. */
export function vethPairStep(scene: PlugScene, mtu: () => Promise<number>): PlugStep {
  const { identity, hostSocket } = scene;
  return {
    purpose: `join ${identity.namespace} to the host by the veth pair ${identity.leaf}, ${identity.port}`,
    difference: async () => {
      const port = await findOuterEnd(scene);
      if (port === undefined) return `the link ${identity.port} is missing`;
      const leaf = await inTenant(scene, (socket) => findLink(socket, identity.leaf));
      if (leaf === undefined) return `the link ${identity.leaf} is missing in ${identity.namespace}`;
      const joined = leaf.kind === 'veth' && leaf.link === port.index && port.link === leaf.index;
      return joined ? undefined : `${identity.leaf} and ${identity.port} are no pair`;
    },
    // Made inside the tenant's namespace and moved out when it has its mark: whatever a crash leaves behind is
    // either in a namespace of ours or marked.
    repair: async () => {
      const port = await findOuterEnd(scene);
      if (port !== undefined) await deleteLink(hostSocket, port.index);
      await inTenant(scene, async (socket) => {
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
      });
    },
  };
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
