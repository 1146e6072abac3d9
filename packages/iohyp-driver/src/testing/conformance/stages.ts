import { deepStrictEqual, ok } from 'node:assert/strict';
import type { DriverCapabilities, Interposer } from '../../contract.ts';
import type { Behaviour } from './behaviour.ts';
import { refused } from './scene.ts';

const KIB = 1024;

const caches = ({ interposers }: DriverCapabilities): boolean => interposers.includes('copy-on-read');

/** What a driver puts between backend and export, besides limits and keys. */
export const stageBehaviours: readonly Behaviour[] = [
  {
    title: 'stages of all kinds stand together in the order they were asked for, and every byte goes through them',
    needs: ({ interposers }) => interposers.some((kind) => kind !== 'luks'),
    async run(scene) {
      const { driver } = scene.site;
      const { key } = scene;
      const possible: readonly Interposer[] = [
        { kind: 'copy-on-read' },
        { kind: 'audit' },
        { kind: 'throttle', iopsTotal: 900 },
      ];
      const interposers = possible.filter(({ kind }) => driver.capabilities.interposers.includes(kind));
      await scene.open();
      const state = await driver.interpose({ key, interposers });
      deepStrictEqual(
        state.interposers,
        interposers.map(({ kind }) => kind),
      );
      deepStrictEqual(await driver.interpose({ key, interposers }), state, 'asked twice');
      await scene.export();
      await scene.grant();
      const client = scene.client();
      await client.write(0, 64 * KIB, 0x91);
      await client.write(32 * KIB + 512, 1024, 0x92);
      ok(await client.holds(0, 32 * KIB, 0x91));
      ok(await client.holds(32 * KIB + 512, 1024, 0x92));
      deepStrictEqual(await scene.volume.read(32 * KIB + 512, 1024), Buffer.alloc(1024, 0x92));
      await scene.end();
      deepStrictEqual(await scene.site.leftovers(), []);
    },
  },
  {
    title:
      'a cached volume: what was written and flushed is on the storage after kill -9, and no cache is left or used again',
    needs: (capabilities) => caches(capabilities) && capabilities.recreates,
    async run(scene) {
      const { driver } = scene.site;
      const { key } = scene;
      await scene.open();
      await driver.interpose({ key, interposers: [{ kind: 'copy-on-read' }] });
      await scene.export();
      await scene.grant();
      const client = scene.client();
      ok(await client.holds(0, 1024 * KIB, 0), 'which caches it');
      await client.write(256 * KIB + 512, 64 * KIB, 0x93);
      deepStrictEqual(await scene.volume.read(256 * KIB + 512, 64 * KIB), Buffer.alloc(64 * KIB, 0x93));
      await scene.site.killDataPlane(key.instanceId);
      await driver.adopt({ instanceId: key.instanceId, listener: scene.listener });
      deepStrictEqual((await scene.inspected())[0]?.interposers, ['copy-on-read']);
      ok(await client.holds(256 * KIB + 512, 64 * KIB, 0x93));
      await scene.end();
      deepStrictEqual(await scene.site.leftovers(), []);
    },
  },
  {
    title: 'a cache goes nearest to the backend, and nowhere else',
    needs: (capabilities) => caches(capabilities) && capabilities.interposers.includes('throttle'),
    async run(scene) {
      await scene.open();
      const interposers: readonly Interposer[] = [{ kind: 'throttle', iopsTotal: 100 }, { kind: 'copy-on-read' }];
      await refused(scene.site.driver.interpose({ key: scene.key, interposers }), 'bad_request', 'first');
      deepStrictEqual((await scene.inspected())[0]?.interposers, []);
    },
  },
];
