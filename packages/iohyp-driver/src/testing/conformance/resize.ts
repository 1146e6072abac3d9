import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import type { DriverCapabilities, DriverError } from '../../contract.ts';
import type { Behaviour } from './behaviour.ts';
import { refused, type Scene } from './scene.ts';

const KIB = 1024;
const GROWN = 8 * KIB * KIB;

const needs = ({ resize }: DriverCapabilities): boolean => resize !== 'none';

/** Volumes that grow. */
export const resizeBehaviours: readonly Behaviour[] = [
  {
    title: 'H19: a volume that has grown is offered with its new size and its old content, to whom it was granted',
    needs,
    async run(scene) {
      const client = await scene.serve();
      await client.write(0, 64 * KIB, 0x61);
      const [before] = await scene.inspected();
      await grow(scene, GROWN);
      const state = await scene.site.driver.resize({ key: scene.key, sizeBytes: GROWN });
      deepStrictEqual(state, { ...before, sizeBytes: GROWN });
      strictEqual(await client.sizeBytes(), GROWN);
      ok(await client.holds(0, 64 * KIB, 0x61));
      await client.write(GROWN - 4 * KIB, 4 * KIB, 0x62);
      deepStrictEqual(await scene.volume.read(GROWN - 4 * KIB, 4 * KIB), Buffer.alloc(4 * KIB, 0x62));
    },
  },
  {
    title: 'H19: a volume grows while it is in use, and a client that reconnects goes on without an error',
    needs,
    async run(scene) {
      const client = await scene.serve();
      const writer = await client.keepWriting({ reconnect: true });
      await grow(scene, GROWN);
      await scene.site.driver.resize({ key: scene.key, sizeBytes: GROWN });
      ok(await writer.goesOn());
      await writer.stop();
    },
  },
  {
    title: 'a volume that is open and not exported grows, too',
    needs,
    async run(scene) {
      await scene.open();
      await grow(scene, GROWN);
      const state = await scene.site.driver.resize({ key: scene.key, sizeBytes: GROWN });
      strictEqual(state.sizeBytes, GROWN);
      strictEqual(state.exportName, undefined);
    },
  },
  {
    title: 'resize to the size that is changes nothing: running connections go on',
    needs,
    async run(scene) {
      const client = await scene.serve();
      const writer = await client.keepWriting();
      const [before] = await scene.inspected();
      const { sizeBytes } = scene.volume;
      deepStrictEqual(await scene.site.driver.resize({ key: scene.key, sizeBytes }), before);
      ok(await writer.goesOn());
      await writer.stop();
    },
  },
  {
    title: 'a smaller size, or one that is no size, is refused, and nothing is changed',
    needs,
    async run(scene) {
      const client = await scene.serve();
      const { driver } = scene.site;
      const { key } = scene;
      const smaller = driver.resize({ key, sizeBytes: scene.volume.sizeBytes - 512 });
      await refused(smaller, 'bad_request', `${scene.volume.sizeBytes}`);
      await refused(driver.resize({ key, sizeBytes: Number.NaN }), 'bad_request', 'sizeBytes');
      strictEqual(await client.sizeBytes(), scene.volume.sizeBytes);
    },
  },
  {
    title: 'resize to more than the storage has is a conflict; the storage is not changed, and is served on as it is',
    needs,
    async run(scene) {
      const client = await scene.serve();
      const { sizeBytes } = scene.volume;
      await refused(scene.site.driver.resize({ key: scene.key, sizeBytes: GROWN }), 'conflict', `${sizeBytes}`);
      strictEqual(await client.sizeBytes(), sizeBytes);
      deepStrictEqual((await scene.volume.read(sizeBytes, 512)).length, 0);
    },
  },
  {
    title: 'H10, H19: after a resize that is aborted at any moment, stages, limits, export and grants are as they were',
    needs,
    async run(scene) {
      const { driver } = scene.site;
      const { key, listener } = scene;
      const { instanceId } = key;
      await scene.open();
      if (driver.capabilities.interposers.includes('throttle')) {
        await driver.interpose({ key, interposers: [{ kind: 'throttle', iopsTotal: 9000 }] });
        await driver.setQos({ key, limits: { iopsTotal: 9001 } });
      }
      await scene.export();
      await scene.grant();
      const [before] = await scene.inspected();
      let { sizeBytes } = scene.volume;
      let done = false;
      for (let [round, afterMs] = [0, 0]; !done; round += 1, afterMs += 1 + Math.floor(afterMs / 8)) {
        sizeBytes += KIB * KIB;
        await grow(scene, sizeBytes);
        const outcome = await driver.resize({ key, sizeBytes }, { signal: AbortSignal.timeout(afterMs) }).then(
          () => 'done',
          (error: DriverError) => error.code,
        );
        done = outcome === 'done';
        ok(done || outcome === 'aborted', outcome);
        if (round % 2 === 1) {
          const adopted = await scene.site.anotherDriver().adopt({ instanceId, listener });
          const [volume] = adopted?.volumes ?? [];
          deepStrictEqual({ ...volume, sizeBytes }, { ...before, sizeBytes }, `adopted after ${afterMs} ms`);
        }
        const state = await driver.resize({ key, sizeBytes });
        deepStrictEqual(state, { ...before, sizeBytes }, `asked again after ${afterMs} ms`);
        strictEqual(await scene.client().sizeBytes(), sizeBytes);
      }
    },
  },
  {
    title: 'stages and their limits survive a resize',
    needs: (capabilities) => needs(capabilities) && capabilities.interposers.includes('throttle'),
    async run(scene) {
      const { driver } = scene.site;
      const { key } = scene;
      await scene.open();
      await driver.interpose({ key, interposers: [{ kind: 'throttle', iopsTotal: 900 }] });
      await scene.export();
      await driver.setQos({ key, limits: { iopsTotal: 901 } });
      await grow(scene, GROWN);
      const state = await driver.resize({ key, sizeBytes: GROWN });
      deepStrictEqual([state.interposers, state.qos], [['throttle'], { iopsTotal: 901 }]);
    },
  },
];

async function grow(scene: Scene, sizeBytes: number): Promise<void> {
  ok(scene.volume.grow, 'the site of a driver that resizes must have volumes that can grow');
  await scene.volume.grow(sizeBytes);
}
