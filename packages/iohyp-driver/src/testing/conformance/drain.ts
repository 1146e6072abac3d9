import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict';
import type { Behaviour } from './behaviour.ts';
import type { ConformanceClient } from './harness.ts';
import { refused } from './scene.ts';

/** The end of an export that cuts nobody off. */
export const drainBehaviours: readonly Behaviour[] = [
  {
    title: 'drain without clients ends the export and the grants, and leaves the volume open',
    async run(scene) {
      const client = await scene.serve();
      await scene.site.driver.drain(scene.key);
      const [state] = await scene.inspected();
      deepStrictEqual([state?.exportName, state?.grants], [undefined, []]);
      await rejects(client.sizeBytes());
      await scene.site.driver.drain(scene.key);
      await scene.site.driver.close(scene.key);
      deepStrictEqual(await scene.site.leftovers(), []);
    },
  },
  {
    title: 'drain lets nobody in any more, and ends only when the last client has gone by itself',
    needs: (capabilities) => capabilities.secure,
    async run(scene) {
      const client = await scene.serve();
      const writer = await client.keepWriting();
      let over = false;
      const drained = scene.site.driver.drain(scene.key).then(() => {
        over = true;
      });
      // Awaited below; a test that fails before must not leave its failure to nobody.
      drained.catch(() => {});
      ok(await writer.goesOn());
      await nobodyGetsIn(client);
      ok(await writer.goesOn());
      ok(!over, 'while somebody writes');
      await writer.stop();
      await drained;
      strictEqual((await scene.inspected())[0]?.exportName, undefined);
    },
  },
  {
    title: 'while a drain waits, other verbs of the instance go on: a second volume is attached and detached',
    needs: (capabilities) => capabilities.secure,
    async run(scene) {
      const { driver } = scene.site;
      const writer = await (await scene.serve()).keepWriting();
      const drained = driver.drain(scene.key);
      // Awaited below; a test that fails before must not leave its failure to nobody.
      drained.catch(() => {});
      await nobodyGetsIn(scene.client());
      const sibling = await scene.sibling();
      await sibling.serve();
      strictEqual((await scene.inspected()).length, 2);
      await sibling.end();
      ok(await writer.goesOn());
      await writer.stop();
      await drained;
    },
  },
  {
    title: 'a drain that is given up leaves the running connection alone',
    needs: (capabilities) => capabilities.secure,
    async run(scene) {
      const client = await scene.serve();
      const writer = await client.keepWriting();
      const controller = new AbortController();
      const draining = scene.site.driver.drain(scene.key, { signal: controller.signal });
      ok(await writer.goesOn());
      controller.abort();
      await refused(draining, 'aborted');
      ok(await writer.goesOn());
      strictEqual((await scene.inspected())[0]?.exportName, scene.exportName);
      await scene.grant();
      strictEqual(await client.sizeBytes(), scene.volume.sizeBytes, 'and a new grant lets clients in again');
      await writer.stop();
    },
  },
  {
    title: 'drain of what is not there is done at once',
    async run(scene) {
      await scene.site.driver.drain(scene.key);
      await scene.open();
      await scene.site.driver.drain(scene.key);
      strictEqual((await scene.inspected()).length, 1);
    },
  },
];

/** A drain has begun some time after it was called: on a busy machine a client may still have been let in. */
async function nobodyGetsIn(client: ConformanceClient): Promise<void> {
  const until = performance.now() + 20_000;
  while (performance.now() < until) {
    const letIn = await client.sizeBytes().then(
      () => true,
      () => false,
    );
    if (!letIn) {
      return;
    }
  }
  throw new Error('clients are still let in 20 s after the drain was asked for');
}
