import { changeLink, deleteLink } from '../../link/change.ts';
import { createVeth } from '../../link/kind/veth.ts';
import type { Link } from '../../link/link.ts';
import { findLink } from '../../link/query.ts';
import { inTenant, type PlugScene } from '../plug-scene.ts';
import { TenantNetworkError } from '../tenant-network-error.ts';
import type { TargetPlug } from './target-plug.ts';

/** As Neutron's Linux bridge agent names it (`get_bridge_name`). */
export function bridgeName(networkId: string): string {
  return `brq${networkId.slice(0, 11)}`;
}

/** A veth pair: one end is the leaf, the other one is a port of the network's bridge. */
export function bridgePlug(scene: PlugScene): TargetPlug {
  const { identity, hostSocket, network } = scene;
  const bridge = bridgeName(network.networkId);

  async function findBridge(): Promise<Link> {
    const link = await findLink(hostSocket, bridge);
    if (link?.kind === 'bridge') return link;
    const what = link === undefined ? 'is not on this host' : 'is no bridge';
    throw new TenantNetworkError(
      'bridge_missing',
      `cannot plug network ${network.networkId}: its bridge ${bridge} ${what}; Neutron's Linux bridge agent makes it with the network's first port here`,
    );
  }

  /** The pair's outer end. A link of its name without our mark is somebody else's, and is not touched. */
  async function findPort(): Promise<Link | undefined> {
    const port = await findLink(hostSocket, identity.port);
    if (port === undefined || port.alias === identity.mark) return port;
    throw new TenantNetworkError(
      'name_taken',
      `the link ${identity.port} is not ours (its alias is "${port.alias ?? ''}", ours is "${identity.mark}"); remove or rename it`,
    );
  }

  return {
    check: async () => {
      await findBridge();
      await findPort();
    },
    steps: [
      {
        purpose: `join ${identity.namespace} to the host by the veth pair ${identity.leaf}, ${identity.port}`,
        difference: async () => {
          const port = await findPort();
          if (port === undefined) return `the link ${identity.port} is missing`;
          const leaf = await inTenant(scene, (socket) => findLink(socket, identity.leaf));
          if (leaf === undefined) return `the link ${identity.leaf} is missing in ${identity.namespace}`;
          const joined = leaf.kind === 'veth' && leaf.link === port.index && port.link === leaf.index;
          return joined ? undefined : `${identity.leaf} and ${identity.port} are no pair`;
        },
        // Made inside the tenant's namespace and moved out when it has its mark: whatever a crash leaves behind is
        // either in a namespace of ours or marked.
        repair: async () => {
          const port = await findPort();
          if (port !== undefined) await deleteLink(hostSocket, port.index);
          await inTenant(scene, async (socket) => {
            for (const name of [identity.leaf, identity.port]) {
              const stale = await findLink(socket, name);
              if (stale !== undefined) await deleteLink(socket, stale.index);
            }
            const { mtu } = await findBridge();
            await createVeth(socket, { name: identity.leaf, mtu, peer: { name: identity.port, mtu } });
            const outer = await findLink(socket, identity.port);
            if (outer === undefined) return;
            await changeLink(socket, outer.index, { alias: identity.mark, addressGenerationMode: 'none' });
            await changeLink(socket, outer.index, { namespace: scene.host });
          });
        },
      },
      {
        purpose: `make ${identity.port} a port of the bridge ${bridge}`,
        difference: async () => {
          const [port, { index }] = [await findPort(), await findBridge()];
          if (port?.master !== index) return `${identity.port} is no port of ${bridge}`;
          if (port.addressGenerationMode !== 'none') return `${identity.port} makes IPv6 addresses by itself`;
          return port.up ? undefined : `${identity.port} is down`;
        },
        repair: async () => {
          const [port, { index }] = [await findPort(), await findBridge()];
          if (port === undefined) return;
          await changeLink(hostSocket, port.index, { addressGenerationMode: 'none' });
          await changeLink(hostSocket, port.index, { master: index });
          await changeLink(hostSocket, port.index, { up: true });
        },
      },
    ],
  };
}
