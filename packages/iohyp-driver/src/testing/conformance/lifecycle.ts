import { deepStrictEqual, notStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict';
import type { Behaviour } from './behaviour.ts';
import { refused } from './scene.ts';

const KIB = 1024;

/** From open to close, over restarts and crashes. */
export const lifecycleBehaviours: readonly Behaviour[] = [
  {
    title: 'open answers what is: size, mode, no export, no grants',
    async run(scene) {
      const state = await scene.open();
      deepStrictEqual(
        { ...state, backend: undefined, nvme: undefined },
        {
          nvme: undefined,
          attachmentId: scene.key.attachmentId,
          backend: undefined,
          sizeBytes: scene.volume.sizeBytes,
          readOnly: false,
          interposers: [],
          exportName: undefined,
          grants: [],
        },
      );
      ok(scene.site.driver.capabilities.backends.includes(state.backend));
    },
  },
  {
    title: 'H10: every verb asked twice answers the same twice, and has one effect',
    async run(scene) {
      const { driver } = scene.site;
      const { key } = scene;
      const twice = async <T>(verb: () => Promise<T>): Promise<void> => {
        const first = await verb();
        const before = await driver.inspect(key.instanceId);
        deepStrictEqual(await verb(), first);
        deepStrictEqual(await driver.inspect(key.instanceId), before);
      };
      await twice(() => scene.open());
      if (driver.capabilities.interposers.includes('throttle')) {
        await twice(() => driver.interpose({ key, interposers: [{ kind: 'throttle', bytesPerSecondTotal: 10 ** 9 }] }));
      }
      await twice(() => scene.export());
      await twice(() => scene.grant());
      await twice(() => driver.revoke(key, scene.credentials.identity));
      await twice(() => driver.unexport(key));
      await twice(() => driver.close(key));
    },
  },
  {
    title: 'revoke, unexport and close of what never was are done already',
    async run(scene) {
      const { driver } = scene.site;
      await driver.revoke(scene.key, 'nobody');
      await driver.unexport(scene.key);
      await driver.close(scene.key);
      strictEqual(await driver.inspect(scene.key.instanceId), undefined);
      deepStrictEqual(await scene.site.leftovers(), []);
    },
  },
  {
    title: 'H8: after close nothing is left: no process, no socket, no file, and the storage is free',
    async run(scene) {
      await scene.serve();
      notStrictEqual((await scene.site.leftovers()).length, 0, 'while it runs, there is something to be seen');
      await scene.end();
      deepStrictEqual(await scene.site.leftovers(), []);
      deepStrictEqual(await scene.site.driver.list(), []);
      await scene.open({ key: { instanceId: 'next-user', attachmentId: 'next' } });
    },
  },
  {
    title: 'interposers are put on, replaced and taken off while there is no export, and kept while there is one',
    needs: (capabilities) => capabilities.interposers.includes('throttle'),
    async run(scene) {
      const { driver } = scene.site;
      const { key } = scene;
      const throttle = (iopsTotal: number) => ({ kind: 'throttle', iopsTotal }) as const;
      await scene.open();
      deepStrictEqual((await driver.interpose({ key, interposers: [throttle(500)] })).interposers, ['throttle']);
      const two = await driver.interpose({ key, interposers: [throttle(600), throttle(700)] });
      deepStrictEqual(two.interposers, ['throttle', 'throttle']);
      await scene.export();
      await refused(driver.interpose({ key, interposers: [] }), 'conflict');
      await refused(driver.interpose({ key, interposers: [throttle(600), throttle(701)] }), 'conflict');
      deepStrictEqual(
        (await driver.interpose({ key, interposers: [throttle(600), throttle(700)] })).interposers.length,
        2,
      );
      await driver.unexport(key);
      deepStrictEqual((await driver.interpose({ key, interposers: [] })).interposers, []);
      await refused(driver.interpose({ key, interposers: [throttle(0)] }), 'bad_request', 'iopsTotal is 0');
    },
  },
  {
    title: 'two volumes of an instance share its address; closing one leaves the other in use',
    async run(scene) {
      const client = await scene.serve();
      const sibling = await scene.sibling();
      const second = await sibling.serve();
      await second.write(0, 4 * KIB, 0x22);
      await sibling.end();
      await client.write(0, 4 * KIB, 0x11);
      deepStrictEqual(await scene.volume.read(0, 4 * KIB), Buffer.alloc(4 * KIB, 0x11));
      deepStrictEqual(await sibling.volume.read(0, 4 * KIB), Buffer.alloc(4 * KIB, 0x22));
      await rejects(second.sizeBytes());
    },
  },
  {
    title: 'H22: after a restart the control plane finds everything, and carries on with it',
    async run(scene) {
      const client = await scene.serve();
      const before = await scene.site.driver.inspect(scene.key.instanceId);
      const writer = await client.keepWriting();
      const driver = scene.site.anotherDriver();
      deepStrictEqual(await driver.list(), [scene.key.instanceId]);
      deepStrictEqual(await driver.inspect(scene.key.instanceId), before);
      await driver.open(scene.request());
      deepStrictEqual(await driver.inspect(scene.key.instanceId), before, 'and asking again changed nothing');
      ok(await writer.goesOn());
      await writer.stop();
      await driver.revoke(scene.key, scene.credentials.identity);
      await driver.unexport(scene.key);
      await driver.close(scene.key);
      deepStrictEqual(await scene.site.leftovers(), []);
    },
  },
  {
    title: 'H22: after kill -9 of the data plane inspect tells, and the same verbs bring it back at the same address',
    async run(scene) {
      const client = await scene.serve();
      await client.write(0, 4 * KIB, 0x33);
      await scene.site.killDataPlane(scene.key.instanceId);
      strictEqual(await scene.site.driver.inspect(scene.key.instanceId), undefined);
      await refused(scene.export(), 'not_open');
      deepStrictEqual((await scene.open()).grants, [], 'grants of the dead one are not in force');
      await scene.serve();
      ok(await client.holds(0, 4 * KIB, 0x33));
    },
  },
  {
    title: 'what a killed data plane left is listed, and close removes it',
    async run(scene) {
      await scene.serve();
      await scene.site.killDataPlane(scene.key.instanceId);
      deepStrictEqual(await scene.site.driver.list(), [scene.key.instanceId]);
      await scene.end();
      deepStrictEqual(await scene.site.driver.list(), []);
      deepStrictEqual(await scene.site.leftovers(), []);
    },
  },
  {
    title: 'an aborted verb says so and leaves nothing',
    async run(scene) {
      const { driver } = scene.site;
      await refused(driver.open(scene.request(), { signal: AbortSignal.abort() }), 'aborted');
      const controller = new AbortController();
      const opening = driver.open(scene.request(), { signal: controller.signal });
      setImmediate(() => controller.abort());
      await refused(opening, 'aborted');
      strictEqual(await driver.inspect(scene.key.instanceId), undefined);
      deepStrictEqual(await scene.site.leftovers(), []);
    },
  },
  {
    title: 'H21: a storm of parallel verbs on one instance ends as if they came one after the other',
    async run(scene) {
      const siblings = await Promise.all([1, 2, 3].map(() => scene.sibling()));
      const scenes = [scene, ...siblings];
      await Promise.all(scenes.flatMap((each) => [each.open(), each.open(), each.open()]));
      await Promise.all(scenes.flatMap((each) => [each.export(), each.grant(), each.export(), each.grant()]));
      const state = await scene.site.driver.inspect(scene.key.instanceId);
      strictEqual(state?.volumes.filter(({ exportName, grants }) => exportName && grants.length === 1).length, 4);
      await Promise.all(scenes.map((each) => each.end()));
      deepStrictEqual(await scene.site.leftovers(), []);
    },
  },
];
