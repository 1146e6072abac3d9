import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { DriverCapabilities, QosLimits } from '../../contract.ts';
import type { Behaviour } from './behaviour.ts';
import type { ConformanceWriter } from './harness.ts';
import { refused, type Scene } from './scene.ts';

const KIB = 1024;

const needs = ({ interposers }: DriverCapabilities): boolean => interposers.includes('throttle');

/** Limits. */
export const qosBehaviours: readonly Behaviour[] = [
  {
    title: 'an operations limit is held within a tenth',
    needs,
    async run(scene) {
      const writer = await throttled(scene, { iopsTotal: 60 });
      await heldWithinATenth(writer, 60 * 4 * KIB);
      await writer.stop();
    },
  },
  {
    title: 'a bytes limit is held within a tenth',
    needs,
    async run(scene) {
      const writer = await throttled(scene, { bytesPerSecondWrite: 256 * KIB });
      await heldWithinATenth(writer, 256 * KIB);
      await writer.stop();
    },
  },
  {
    title: "of two throttle stages, a flavor's and a volume's, the tighter one holds, and setQos changes the volume's",
    needs,
    async run(scene) {
      const { driver } = scene.site;
      const { key } = scene;
      await scene.open();
      const flavor = { kind: 'throttle', iopsWrite: 60 } as const;
      await driver.interpose({ key, interposers: [flavor, { kind: 'throttle', iopsTotal: 2000 }] });
      await scene.export();
      await scene.grant();
      const writer = await scene.client().keepWriting();
      await heldWithinATenth(writer, 60 * 4 * KIB);
      deepStrictEqual((await driver.setQos({ key, limits: { iopsTotal: 40 } })).qos, { iopsTotal: 40 });
      await heldWithinATenth(writer, 40 * 4 * KIB);
      await writer.stop();
    },
  },
  {
    title: 'limits change in use, down and up, at once and without ending a connection',
    needs,
    async run(scene) {
      const { driver } = scene.site;
      const { key } = scene;
      const writer = await throttled(scene, { iopsTotal: 2000 });
      deepStrictEqual((await driver.setQos({ key, limits: { iopsTotal: 40 } })).qos, { iopsTotal: 40 });
      await heldWithinATenth(writer, 40 * 4 * KIB);
      await driver.setQos({ key, limits: { iopsWrite: 90 } });
      await heldWithinATenth(writer, 90 * 4 * KIB);
      ok(await writer.goesOn());
      await writer.stop();
    },
  },
  {
    title: 'setQos answers the limits in force, as inspect does; none at all lifts them',
    needs,
    async run(scene) {
      const { driver } = scene.site;
      const { key } = scene;
      await scene.open();
      await driver.interpose({ key, interposers: [{ kind: 'throttle', iopsTotal: 10 }] });
      await scene.export();
      const limits: QosLimits = {
        iopsRead: 300,
        iopsWrite: 200,
        bytesPerSecondTotal: 10_000_000,
        burst: { iopsRead: 3000, bytesPerSecondTotal: 20_000_000 },
        burstSeconds: 5,
        iopsUnitBytes: 8192,
      };
      deepStrictEqual((await driver.setQos({ key, limits })).qos, limits);
      deepStrictEqual((await driver.setQos({ key, limits })).qos, limits, 'asked twice');
      deepStrictEqual((await scene.inspected())[0]?.qos, limits);
      deepStrictEqual((await driver.setQos({ key, limits: {} })).qos, {});
    },
  },
  {
    title: 'a throttle stage without limits lets everything pass until it is given some',
    needs,
    async run(scene) {
      const writer = await throttled(scene, {});
      deepStrictEqual((await scene.inspected())[0]?.qos, {});
      await scene.site.driver.setQos({ key: scene.key, limits: { iopsTotal: 40 } });
      await heldWithinATenth(writer, 40 * 4 * KIB);
      await writer.stop();
    },
  },
  {
    title: 'a burst passes faster than the limit, as far as it reaches',
    needs,
    async run(scene) {
      await scene.open();
      const throttle = { kind: 'throttle', iopsTotal: 20, burst: { iopsTotal: 2000 }, burstSeconds: 1 } as const;
      await scene.site.driver.interpose({ key: scene.key, interposers: [throttle] });
      await scene.export();
      await scene.grant();
      const tookMs = await scene.client().timeWrites(400, 4 * KIB);
      ok(tookMs < 15_000, `400 writes took ${tookMs} ms; at 20 per second it would have been 20 s`);
    },
  },
  {
    title: 'when a burst is used up, the limit is held within a tenth again',
    needs,
    async run(scene) {
      const writer = await throttled(scene, { iopsTotal: 60, burst: { iopsTotal: 300 }, burstSeconds: 2 });
      const perSecond = 60 * 4 * KIB;
      const rates = [(await measure(writer)) / perSecond];
      while ((rates.at(-1) ?? 0) > 1.1 && rates.length < MOST_WINDOWS) {
        rates.push((await measure(writer)) / perSecond);
      }
      ok((rates[0] ?? 0) > 1.1, `no burst at first: ${rates.map((rate) => rate.toFixed(2)).join(', ')}`);
      await heldWithinATenth(writer, perSecond);
      await writer.stop();
    },
  },
  {
    title: 'limits of a volume that has no throttle stage, or is not open, can not be set',
    async run(scene) {
      const { driver } = scene.site;
      await refused(driver.setQos({ key: scene.key, limits: { iopsTotal: 1 } }), 'not_open');
      await scene.open();
      await refused(
        driver.setQos({ key: scene.key, limits: { iopsTotal: 1 } }),
        needs(driver.capabilities) ? 'conflict' : 'not_supported',
      );
    },
  },
  {
    title: 'limits that make no sense are refused by name, and the old ones stay in force',
    needs,
    async run(scene) {
      const { driver } = scene.site;
      const { key } = scene;
      await scene.open();
      await driver.interpose({ key, interposers: [{ kind: 'throttle', iopsTotal: 10 }] });
      const set = (limits: QosLimits): Promise<unknown> => driver.setQos({ key, limits });
      await refused(set({ iopsTotal: 0 }), 'bad_request', 'iopsTotal is 0');
      await refused(set({ iopsRead: 1.5 }), 'bad_request', 'iopsRead is 1.5');
      await refused(set({ iopsTotal: 10, iopsRead: 5 }), 'bad_request', 'iopsTotal', 'iopsRead');
      await refused(set({ iopsTotal: 10, burst: { iopsTotal: 9 } }), 'bad_request', 'burst.iopsTotal is 9');
      await refused(set({ iopsTotal: 10, burst: { iopsRead: 90 } }), 'bad_request', 'burst.iopsRead');
      await refused(set({ iopsTotal: 10, burstSeconds: 9 }), 'bad_request', 'burstSeconds');
      deepStrictEqual((await scene.inspected())[0]?.qos, { iopsTotal: 10 });
    },
  },
];

async function throttled(scene: Scene, limits: QosLimits): Promise<ConformanceWriter> {
  await scene.open();
  await scene.site.driver.interpose({ key: scene.key, interposers: [{ kind: 'throttle', ...limits }] });
  await scene.export();
  await scene.grant();
  return scene.client().keepWriting();
}

const WINDOW_MS = 1_500;
const MOST_WINDOWS = 8;

/**
 * Looks at windows of some seconds until one is within a tenth: beside other work on the machine a window may be too slow,
 * and the first may hold what a change of limits let through. None after the first may be too fast.
 */
async function heldWithinATenth(writer: ConformanceWriter, bytesPerSecond: number): Promise<void> {
  strictEqual(typeof writer.writtenBytes, 'function', 'the writer of a driver that throttles must count');
  const seen: number[] = [];
  for (let window = 0; window < MOST_WINDOWS; window += 1) {
    const rate = (await measure(writer)) / bytesPerSecond;
    ok(window === 0 || rate <= 1.1, `${rate} of the limit in window ${window}`);
    if (rate >= 0.9 && rate <= 1.1) {
      return;
    }
    seen.push(rate);
  }
  throw new Error(`no window is within a tenth of the limit: ${seen.map((rate) => rate.toFixed(2)).join(', ')}`);
}

async function measure(writer: ConformanceWriter): Promise<number> {
  await writer.goesOn();
  const [began, before] = [performance.now(), writer.writtenBytes?.() ?? 0];
  await delay(WINDOW_MS);
  await writer.goesOn();
  return ((writer.writtenBytes?.() ?? 0) - before) / ((performance.now() - began) / 1000);
}
