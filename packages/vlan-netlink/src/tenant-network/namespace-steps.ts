import { changeLink } from '../link/change.ts';
import { findLink } from '../link/query.ts';
import { leafSysctlDifferences, writeLeafSysctls } from './leaf-sysctl.ts';
import { inTenant, type PlugScene } from './plug-scene.ts';
import type { PlugStep } from './plug-step.ts';

/** The namespace, before there is a link in it. */
export function namespaceSteps(scene: PlugScene): PlugStep[] {
  const { namespaces, identity } = scene;
  const name = identity.namespace;
  const inside = <T>(action: () => T): T => {
    using namespace = namespaces.open(name);
    return namespace.runInside(action);
  };
  return [
    {
      purpose: `make the network namespace ${name}`,
      difference: async () => (namespaces.has(name) ? undefined : `the network namespace ${name} is missing`),
      repair: async () => void namespaces.ensure(name),
    },
    {
      purpose: `make the network namespace ${name} a leaf`,
      difference: async () => {
        const differences = inside(leafSysctlDifferences);
        return differences.length === 0 ? undefined : `in the network namespace ${name}: ${differences.join(', ')}`;
      },
      repair: async () => inside(writeLeafSysctls),
    },
    {
      purpose: `bring up the loopback link of the network namespace ${name}`,
      difference: () =>
        inTenant(scene, async (socket) =>
          (await findLink(socket, 'lo'))?.up === true ? undefined : `lo is down in the network namespace ${name}`,
        ),
      repair: () =>
        inTenant(scene, async (socket) => {
          const loopback = await findLink(socket, 'lo');
          if (loopback !== undefined) await changeLink(socket, loopback.index, { up: true });
        }),
    },
  ];
}
