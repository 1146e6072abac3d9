import { changeLink, deleteLink } from '../../link/change.ts';
import { findLink } from '../../link/query.ts';
import { OvsdbClient } from '../../open-vswitch/ovsdb-client.ts';
import { addInternalPort, bridgeOfPort, deletePort, findPorts, listBridges } from '../../open-vswitch/port.ts';
import type { PlugTarget } from '../contract.ts';
import { inTenant, type PlugScene } from '../plug-scene.ts';
import { TenantNetworkError } from '../tenant-network-error.ts';
import { portMark } from './ovs-mark.ts';
import type { TargetPlug } from './target-plug.ts';

/** An internal port of an Open vSwitch bridge with the VLAN's tag; its link moves into the tenant's namespace. */
export function ovsPlug(scene: PlugScene, { bridge, ovsdb }: Extract<PlugTarget, { kind: 'ovs' }>): TargetPlug {
  const { identity, hostSocket, segment } = scene;
  const mark = portMark(scene.site, identity.key);

  async function checkBridge(client: OvsdbClient): Promise<void> {
    const bridges = await listBridges(client);
    if (bridges.includes(bridge)) return;
    const tried = `cannot plug VLAN ${segment.vlanId} of physical network "${segment.physicalNetwork}"`;
    const known = bridges.length === 0 ? 'it has none' : `it has ${bridges.join(', ')}`;
    throw new TenantNetworkError(
      'bridge_missing',
      `${tried}: the Open vSwitch at ${ovsdb} has no bridge ${bridge}; ${known}`,
    );
  }

  async function portDifference(client: OvsdbClient): Promise<string | undefined> {
    const [port, ...more] = await findPorts(client, mark);
    if (port === undefined) return `the Open vSwitch port ${identity.leaf} is missing`;
    if (more.length > 0) return `there is more than one Open vSwitch port for ${identity.namespace}`;
    if (port.name !== identity.leaf) return `the Open vSwitch port for ${identity.namespace} is named ${port.name}`;
    if (port.tag !== segment.vlanId) return `${port.name} has the tag ${port.tag}, should be ${segment.vlanId}`;
    const actual = await bridgeOfPort(client, port.uuid);
    return actual === bridge ? undefined : `${port.name} is on the bridge ${actual}, should be on ${bridge}`;
  }

  const leafInTenant = (): Promise<boolean> =>
    inTenant(scene, async (socket) => (await findLink(socket, identity.leaf)) !== undefined);

  return {
    check: async () => {
      using client = await OvsdbClient.connect(ovsdb);
      await checkBridge(client);
    },
    steps: [
      {
        purpose: `add the port ${identity.leaf} with tag ${segment.vlanId} to the Open vSwitch bridge ${bridge}`,
        difference: async () => {
          using client = await OvsdbClient.connect(ovsdb);
          const difference = await portDifference(client);
          if (difference !== undefined) return difference;
          const outside = (await findLink(hostSocket, identity.leaf)) !== undefined;
          const inside = await inTenant(scene, (socket) => findLink(socket, identity.leaf));
          if (inside === undefined) {
            return outside ? undefined : `the link of the Open vSwitch port ${identity.leaf} is missing`;
          }
          // A userspace switch that was restarted has made another link, and no longer serves ours.
          const isServed = !outside && (inside.running || !inside.up);
          return isServed ? undefined : `the switch does not serve the link ${identity.leaf} in ${identity.namespace}`;
        },
        repair: async () => {
          using client = await OvsdbClient.connect(ovsdb);
          for (const { uuid } of await findPorts(client, mark)) await deletePort(client, uuid);
          await inTenant(scene, async (socket) => {
            const stale = await findLink(socket, identity.leaf);
            if (stale !== undefined) await deleteLink(socket, stale.index);
          });
          await checkBridge(client);
          const port = { bridge, name: identity.leaf, tag: segment.vlanId, externalIds: mark };
          await addInternalPort(client, port);
        },
      },
      {
        purpose: `move the link ${identity.leaf} into ${identity.namespace}`,
        difference: async () =>
          (await leafInTenant()) ? undefined : `the link ${identity.leaf} is not in ${identity.namespace}`,
        repair: () =>
          inTenant(scene, async (_socket, namespace) => {
            const link = await findLink(hostSocket, identity.leaf);
            if (link !== undefined) await changeLink(hostSocket, link.index, { namespace });
          }),
      },
    ],
  };
}
