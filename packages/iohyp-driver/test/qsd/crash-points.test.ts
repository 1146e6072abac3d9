import { afterEach, describe, expect, it, vi } from 'vitest';
import { DriverError, type Interposer, type VolumeState } from '../../src/index.ts';
import { Scene } from '../../src/testing/conformance/scene.ts';
import { CrashPoint } from './crash-point.ts';
import { missing } from './installed.ts';
import { QsdSite } from './qsd-site.ts';

vi.setConfig({ testTimeout: 900_000 });

const reason = missing('qemu-storage-daemon', 'qemu-io', 'qemu-img', 'fallocate');
const GROWN = 8 * 1024 * 1024;
const throttle: Interposer = { kind: 'throttle', iopsTotal: 5000 };
const all: readonly Interposer[] = [{ kind: 'copy-on-read' }, { kind: 'audit' }, throttle];

type Verb = (scene: Scene) => Promise<unknown>;

const exportIt: Verb = (scene) => scene.export();
const grant: Verb = (scene) => scene.grant();

/** A volume's life with every verb, each of which changes something. */
const life: readonly (readonly [title: string, verb: Verb])[] = [
  ['open', (scene) => scene.open()],
  ['interpose', ({ driver, key }) => driver.interpose({ key, interposers: [throttle] })],
  ['interpose other stages', ({ driver, key }) => driver.interpose({ key, interposers: all })],
  ['export', exportIt],
  ['grant', grant],
  ['setQos', ({ driver, key }) => driver.setQos({ key, limits: { iopsTotal: 6000 } })],
  [
    'resize',
    async ({ driver, key, volume }) => {
      await volume.grow?.(GROWN);
      return driver.resize({ key, sizeBytes: GROWN });
    },
  ],
  ['revoke', ({ driver, key, credentials }) => driver.revoke(key, credentials.identity)],
  ['unexport', ({ driver, key }) => driver.unexport(key)],
  ['export again', exportIt],
  ['grant again', grant],
  ['drain', ({ driver, key }) => driver.drain(key)],
  ['close', ({ driver, key }) => driver.close(key)],
];

const sites: QsdSite[] = [];
const points: CrashPoint[] = [];
afterEach(async () => {
  for (const point of points.splice(0)) {
    point.restore();
  }
  for (const site of sites.splice(0)) {
    await site[Symbol.asyncDispose]();
  }
});

async function newScene(): Promise<{ readonly site: QsdSite; readonly scene: Scene }> {
  const site = await QsdSite.create();
  sites.push(site);
  return { site, scene: await Scene.create(site) };
}

/** What may be compared between volumes of two sites. */
async function shown(scene: Scene): Promise<Shown> {
  const [state] = await scene.inspected();
  const { attachmentId: _, exportName, grants, ...rest } = state ?? {};
  const exported = exportName === scene.exportName ? 'its own' : exportName;
  return state && { ...rest, exportName: exported, grants: grants?.map(() => 'its own') ?? [] };
}

/** States before each verb, and after the last, of a life that nothing disturbs. */
async function undisturbed(): Promise<readonly Shown[]> {
  const { site, scene } = await newScene();
  const states = [await shown(scene)];
  for (const [, verb] of life) {
    await verb(scene);
    states.push(await shown(scene));
  }
  expect(await site.leftovers()).toEqual([]);
  return states;
}

type Shown = Partial<VolumeState> | undefined;

/** After a death in a verb, adopted: the verb has not begun, or is done, but for the two that go on where they were. */
function expectPossible(states: readonly Shown[], index: number, found: Shown, where: string): void {
  const [before, after] = [states[index], states[index + 1]];
  const title = life[index]?.[0];
  if (title === 'close' && found !== undefined) {
    expect([found.exportName, found.grants], where).toEqual([undefined, []]);
    return;
  }
  const nobodyComes = title === 'drain' ? [{ ...before, grants: [] }] : [];
  expect([before, after, ...nobodyComes], where).toContainEqual(found);
}

/** Lives until a verb, and then dies in it as `crash` says; answers undefined when the verb came to its end before that. */
async function dieIn(
  index: number,
  crash: (site: QsdSite, scene: Scene) => CrashPoint,
): Promise<{ readonly site: QsdSite; readonly next: Scene; readonly survived: boolean; readonly where: string }> {
  const { site, scene } = await newScene();
  for (const [, earlier] of life.slice(0, index)) {
    await earlier(scene);
  }
  const point = crash(site, scene);
  points.push(point);
  const [title, verb] = life[index] ?? [];
  const failure = await verb?.(scene).then(
    () => undefined,
    (error: unknown) => error,
  );
  point.restore();
  const where = `in ${title} after ${point.changes.join(', ')}: ${String(failure)}`;
  expect(failure === undefined || failure instanceof DriverError, where).toBe(true);
  return { site, next: scene.seenBy(site.anotherDriver()), survived: !point.reached, where };
}

/**
 * What comes after a death goes round from place to place. Three runs with the seeds 0, 1 and 2 try everything everywhere.
 */
const seed = Number(process.env['IORCL_SEED'] ?? 0);

describe.skipIf(reason)(`qsd: every place to die, seed ${seed}${reason === undefined ? '' : ` (${reason})`}`, () => {
  it('H10, H22: a control plane dies at any change: the next one asks again, adopts first, or cleans up', async () => {
    const states = await undisturbed();
    let places = 0;
    for (const [index, [, verb]] of life.entries()) {
      for (let [changes, over] = [0, false]; !over; changes += 1) {
        const { site, next, survived, where } = await dieIn(index, ({ directory }) =>
          CrashPoint.ofControlPlane(directory, changes),
        );
        const then = (['ask', 'adopt', 'clean'] as const)[(places + seed) % 3];
        if (then === 'adopt') {
          await next.driver.adopt({ instanceId: next.key.instanceId, listener: next.listener });
          expectPossible(states, index, await shown(next), where);
        }
        if (then === 'clean') {
          await next.end();
        } else {
          await verb(next);
          expect(await shown(next), where).toEqual(states[index + 1]);
          for (const [, later] of life.slice(index + 1)) {
            await later(next);
          }
        }
        expect(await site.leftovers(), where).toEqual([]);
        await site[Symbol.asyncDispose]();
        places += survived ? 0 : 1;
        over = survived;
      }
    }
    console.info(`qsd: its control plane died at ${places} places of a life with ${life.length} verbs (seed ${seed})`);
    expect(places).toBeGreaterThan(100);
  });

  it('H10, H22: a daemon dies at any command: what there was is made anew, or cleaned up', async () => {
    const states = await undisturbed();
    let places = 0;
    for (const [index, [, verb]] of life.entries()) {
      for (let [commands, over] = [0, false]; !over; commands += 1) {
        const { site, next, survived, where } = await dieIn(index, (at, { key }) =>
          CrashPoint.ofDataPlane(at.directory, commands, () => at.killDataPlane(key.instanceId)),
        );
        if ((places + seed) % 2 === 0) {
          await next.driver.adopt({ instanceId: next.key.instanceId, listener: next.listener });
          expectPossible(states, index, await shown(next), where);
          await verb(next);
          expect(await shown(next), where).toEqual(states[index + 1]);
          for (const [, later] of life.slice(index + 1)) {
            await later(next);
          }
        } else {
          await next.end();
        }
        expect(await site.leftovers(), where).toEqual([]);
        await site[Symbol.asyncDispose]();
        places += survived ? 0 : 1;
        over = survived;
      }
    }
    console.info(`qsd: its daemon died at ${places} commands of a life with ${life.length} verbs (seed ${seed})`);
    expect(places).toBeGreaterThan(40);
  });
});
