import { deepStrictEqual, ok } from 'node:assert/strict';
import type { DriverCapabilities } from '../../contract.ts';
import type { Behaviour } from './behaviour.ts';
import { refused } from './scene.ts';

const KIB = 1024;

const sharing = (capabilities: DriverCapabilities): boolean => capabilities.sharing === true;

/** One storage with several writers: Cinder's `multiattach`. */
export const sharingBehaviours: readonly Behaviour[] = [
  {
    title: 'H17: what one instance writes to a shareable volume another one reads at once, in both directions',
    needs: sharing,
    async run(scene) {
      const one = await scene.serve({ shareable: true });
      const sharer = await scene.sharer();
      const other = await sharer.serve({ shareable: true });
      for (const pattern of [0x51, 0x52]) {
        await one.write(0, 64 * KIB, pattern);
        ok(await other.holds(0, 64 * KIB, pattern));
        await other.write(64 * KIB, 64 * KIB, pattern);
        ok(await one.holds(64 * KIB, 64 * KIB, pattern));
      }
      deepStrictEqual(await scene.volume.read(64 * KIB, 64 * KIB), Buffer.alloc(64 * KIB, 0x52));
    },
  },
  {
    title: 'H17: the end of one user of a shareable volume is nothing to the other, which goes on writing',
    needs: sharing,
    async run(scene) {
      const one = await scene.serve({ shareable: true });
      const sharer = await scene.sharer();
      await sharer.serve({ shareable: true });
      const writer = await one.keepWriting();
      await sharer.end();
      ok(await writer.goesOn());
      await writer.stop();
      await scene.end();
      deepStrictEqual(await scene.site.leftovers(), []);
    },
  },
  {
    title: 'H17: a volume is shared only if both ask for it; whoever comes second otherwise is refused',
    needs: sharing,
    async run(scene) {
      const sharer = await scene.sharer();
      await scene.open({ shareable: true });
      await refused(sharer.open(), 'conflict', scene.key.attachmentId);
      await scene.driver.close(scene.key);
      await scene.open();
      await refused(sharer.open({ shareable: true }), 'conflict', scene.key.attachmentId);
    },
  },
  {
    title:
      'H17, H22: of a shareable volume what was killed is made anew, beside the other user, and can still be shared',
    needs: (capabilities) => sharing(capabilities) && capabilities.recreates,
    async run(scene) {
      const { driver } = scene.site;
      const one = await scene.serve({ shareable: true });
      const sharer = await scene.sharer();
      const other = await sharer.serve({ shareable: true });
      const { instanceId } = scene.key;
      await scene.site.killDataPlane(instanceId);
      await driver.adopt({ instanceId, listener: scene.listener });
      await other.write(0, 4 * KIB, 0x53);
      ok(await one.holds(0, 4 * KIB, 0x53));
      await sharer.end();
      ok(await (await sharer.serve({ shareable: true })).holds(0, 4 * KIB, 0x53));
    },
  },
  {
    title: 'a cache is not put on a volume that may have other writers',
    needs: (capabilities) => sharing(capabilities) && capabilities.interposers.includes('copy-on-read'),
    async run(scene) {
      await scene.open({ shareable: true });
      const { driver, key } = scene;
      const cached = driver.interpose({ key, interposers: [{ kind: 'copy-on-read' }] });
      await refused(cached, 'not_supported', 'writers');
    },
  },
  {
    title: "H17: where volumes can't be shared, one that is to be is refused, and nothing is left",
    needs: (capabilities) => !sharing(capabilities),
    async run(scene) {
      await refused(scene.open({ shareable: true }), 'not_supported');
      deepStrictEqual(await scene.site.leftovers(), []);
    },
  },
];
