import { changeLink } from '../../link/change.ts';
import { deleteLink } from '../../link/delete.ts';
import { findLink } from '../../link/query.ts';
import { OvsdbClient } from '../../open-vswitch/ovsdb-client.ts';
import {
  bridgeOfPort,
  deletePort,
  findPorts,
  interfaceExternalIds,
  type NewPort,
  requirePort,
  type SwitchPort,
} from '../../open-vswitch/port.ts';
import { inTenant, type PlugScene } from '../plug-scene.ts';
import type { PlugStep } from '../plug-step.ts';
import { portMark } from './ovs-mark.ts';
import { findLeaf } from './own-link.ts';
import { requireSwitchBridge } from './switch-bridge.ts';

/** The port that a plug has in a switch. */
export interface WantedPort extends NewPort {
  readonly ovsdb: string;
  readonly type: 'internal' | 'system';
  /** Neutron's agent sets, and changes, the tag of the ports that it connects. */
  readonly tagIsOurs: boolean;
}

/** What is wrong with the port in the database; `undefined` when nothing is. */
async function portDifference(
  client: OvsdbClient,
  scene: PlugScene,
  { name, bridge, tag, tagIsOurs, interfaceExternalIds: ids = {} }: WantedPort,
): Promise<string | undefined> {
  const { identity } = scene;
  const [port, ...more] = await findPorts(client, portMark(scene.site, identity.key));
  if (port === undefined) return `the Open vSwitch port ${name} is missing`;
  if (more.length > 0) return `there is more than one Open vSwitch port for ${identity.namespace}`;
  if (port.name !== name) return `the Open vSwitch port for ${identity.namespace} is named ${port.name}`;
  if (tagIsOurs && port.tag !== tag) return `${name} has the tag ${port.tag}, should be ${tag}`;
  if (tagIsOurs && port.trunks.length > 0) return `${name} is a trunk of ${port.trunks.join(', ')}`;
  const actual = await bridgeOfPort(client, port.uuid);
  if (actual !== bridge) return `${name} is on the bridge ${actual}, should be on ${bridge}`;
  const found = (await interfaceExternalIds(client, name)) ?? {};
  const wrong = Object.entries(ids).find(([key, value]) => found[key] !== value);
  return wrong === undefined ? undefined : `the interface ${name} lacks ${wrong[0]}=${wrong[1]} in external_ids`;
}

/** Adds the port to the switch, with our mark. `linkDifference`: what is wrong with the link that serves it. */
function addPortStep(
  scene: PlugScene,
  wanted: WantedPort,
  linkDifference: () => Promise<string | undefined>,
  beforeAdding: () => Promise<void>,
): PlugStep {
  const { bridge, name, ovsdb, tag } = wanted;
  const mark = portMark(scene.site, scene.identity.key);
  const as = tag === undefined ? '' : ` with tag ${tag}`;
  return {
    purpose: `add the port ${name}${as} to the Open vSwitch bridge ${bridge}`,
    difference: async () => {
      using client = await OvsdbClient.connect(ovsdb);
      return (await portDifference(client, scene, wanted)) ?? (await linkDifference());
    },
    repair: async () => {
      const options = scene.signal === undefined ? {} : { signal: scene.signal };
      using client = await OvsdbClient.connect(ovsdb, options);
      const stale: readonly SwitchPort[] = await findPorts(client, mark);
      for (const { uuid } of stale) await deletePort(client, uuid, options);
      await beforeAdding();
      await requireSwitchBridge(client, scene, wanted);
      await requirePort(client, { ...wanted, externalIds: mark }, options);
    },
  };
}

/** A port whose link the switch makes; the link then moves into the tenant's namespace, as the leaf. */
export function internalPortSteps(scene: PlugScene, wanted: Omit<WantedPort, 'name' | 'type'>): PlugStep[] {
  const { identity, hostSocket } = scene;
  const { leaf } = identity;
  const linkDifference = async (): Promise<string | undefined> => {
    if (scene.place === 'host') return await hostLinkDifference();
    const outside = (await findLink(hostSocket, leaf)) !== undefined;
    const inside = await inTenant(scene, (socket) => findLink(socket, leaf));
    if (inside === undefined) return outside ? undefined : `the link of the Open vSwitch port ${leaf} is missing`;
    // A userspace switch that was restarted has made another link, and no longer serves ours.
    const isServed = !outside && (inside.running || !inside.up);
    return isServed ? undefined : `the switch does not serve the link ${leaf} in ${identity.namespace}`;
  };
  const hostLinkDifference = async (): Promise<string | undefined> => {
    const link = await findLink(hostSocket, leaf);
    if (link === undefined) return `the link of the Open vSwitch port ${leaf} is missing`;
    return link.running || !link.up ? undefined : `the switch does not serve the link ${leaf}`;
  };
  const removeStaleLeaf = (): Promise<void> =>
    inTenant(scene, async (socket) => {
      const stale = await (scene.place === 'host' ? findLeaf(scene) : findLink(socket, leaf));
      if (stale !== undefined) await deleteLink(socket, stale.index);
    });
  const add = addPortStep(scene, { ...wanted, name: leaf, type: 'internal' }, linkDifference, removeStaleLeaf);
  if (scene.place === 'host') return [add];
  return [
    add,
    {
      purpose: `move the link ${leaf} into ${identity.namespace}`,
      difference: async () =>
        (await inTenant(scene, (socket) => findLink(socket, leaf))) === undefined
          ? `the link ${leaf} is not in ${identity.namespace}`
          : undefined,
      repair: () =>
        inTenant(scene, async (_socket, namespace) => {
          const link = await findLink(hostSocket, leaf);
          if (link !== undefined) await changeLink(hostSocket, link.index, { namespace });
        }),
    },
  ];
}

/** A port whose link is the outer end of a veth pair that is there already. */
export function systemPortStep(scene: PlugScene, wanted: Omit<WantedPort, 'name' | 'type'>): PlugStep {
  const nothing = async (): Promise<undefined> => undefined;
  return addPortStep(scene, { ...wanted, name: scene.identity.port, type: 'system' }, nothing, nothing);
}
