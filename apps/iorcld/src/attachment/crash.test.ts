import { afterAll, describe, expect, it, vi } from 'vitest';
import { Harness, type Life, type Reservation } from '../../test/harness.ts';
import { MortalProcess } from '../../test/mortal-process.ts';
import { stepNames } from './record.ts';

// Real journals and many starts: what takes seconds alone takes longer beside other tests.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 });

interface Scene {
  readonly harness: Harness;
  readonly reservation: Reservation;
  /** Another attachment of the same volume and instance, as Nova makes it for a live migration. */
  readonly destination: Reservation;
}

/** What happens, from a state that `prepare` makes. */
interface Story {
  readonly name: string;
  /** Of the effects of one run, so that a story which has lost its point is noticed. */
  readonly atLeast: number;
  prepare(scene: Scene): Promise<void>;
  run(life: Life, scene: Scene): Promise<unknown>;
}

const GIB = 1024 ** 3;
const create = ({ attachments }: Life, { attachmentId }: Reservation, computeHost = 'compute-1'): Promise<unknown> =>
  attachments.create({ attachmentId, computeHost });
const attached = async ({ harness, reservation }: Scene): Promise<void> =>
  void (await create(harness.start(), reservation));
const migrating = async (scene: Scene): Promise<void> => {
  await attached(scene);
  scene.harness.connectAtCreation(scene.destination.attachmentId);
  scene.harness.change(scene.reservation.instanceId, { taskState: 'migrating' });
};
const handedOver = async (scene: Scene): Promise<void> => {
  await migrating(scene);
  await create(scene.harness.start(), scene.destination, 'compute-2');
};
const withPorts =
  (prepare: (scene: Scene) => Promise<void>) =>
  async (scene: Scene): Promise<void> => {
    scene.harness.addressMode = 'neutron-port';
    await prepare(scene);
  };

const stories: readonly Story[] = [
  {
    name: 'attach',
    atLeast: stepNames.length * 2,
    prepare: async () => {},
    run: (life, { reservation }) => create(life, reservation),
  },
  {
    name: 'attach with a Neutron port',
    atLeast: stepNames.length * 2 + 1,
    prepare: withPorts(async () => {}),
    run: (life, { reservation }) => create(life, reservation),
  },
  {
    name: 'failing attach',
    atLeast: stepNames.length * 2,
    prepare: async ({ harness }) => {
      harness.driver.export = () => Promise.reject(new Error('no'));
    },
    run: (life, { reservation }) => create(life, reservation).catch(() => undefined),
  },
  {
    name: 'detach',
    atLeast: stepNames.length * 2,
    prepare: attached,
    run: (life, { reservation }) => life.attachments.remove(reservation.attachmentId),
  },
  {
    name: 'detach with a Neutron port',
    atLeast: stepNames.length * 2 + 1,
    prepare: withPorts(attached),
    run: (life, { reservation }) => life.attachments.remove(reservation.attachmentId),
  },
  {
    name: 'adoption of a dead data plane',
    atLeast: stepNames.length,
    prepare: async (scene) => {
      await attached(scene);
      scene.harness.driver.instances.clear();
      scene.harness.plugs.plugged.clear();
    },
    run: (life) => life.attachments.adoptAll(),
  },
  {
    name: 'the beginning of a live migration',
    atLeast: stepNames.length * 2,
    prepare: migrating,
    run: (life, { destination }) => create(life, destination, 'compute-2'),
  },
  {
    name: 'the end of a live migration',
    atLeast: stepNames.length * 2,
    prepare: handedOver,
    run: (life, { reservation }) => life.attachments.remove(reservation.attachmentId),
  },
  {
    name: 'a live migration that is given up',
    atLeast: stepNames.length * 2,
    prepare: handedOver,
    run: (life, { destination }) => life.attachments.remove(destination.attachmentId),
  },
  {
    name: 'resize',
    atLeast: 4,
    prepare: async (scene) => {
      await attached(scene);
      scene.harness.changeVolume(scene.reservation.volumeId, { sizeGiB: 2 });
      scene.harness.driver.sizeBytes = 2 * GIB;
    },
    run: (life, { reservation }) => life.attachments.resize(reservation.attachmentId),
  },
  {
    name: 'a change of limits',
    atLeast: 4,
    prepare: attached,
    run: (life, { reservation }) => life.attachments.setQos(reservation.attachmentId, { iopsTotal: 100 }),
  },
  {
    name: 'the fencing of an instance that is gone',
    atLeast: stepNames.length * 2 + 1,
    prepare: async (scene) => {
      await attached(scene);
      scene.harness.cloud.instances.delete(scene.reservation.instanceId);
    },
    run: (life) => life.reconciler.run({ force: true }),
  },
];

let points = 0;
afterAll(() => console.info(`crash points tried: ${points}`));

describe.each(stories)('H22: iorcld killed during $name', (story) => {
  it('at any point: the next start makes it whole or gone; nothing is lost, and nothing left', async () => {
    const effects = await withScene(async (scene) => {
      await story.prepare(scene);
      const process = new MortalProcess();
      await story.run(scene.harness.start({ process }), scene);
      return process.effects;
    });
    expect(effects.length).toBeGreaterThanOrEqual(story.atLeast);
    for (const [at, effect] of effects.entries()) {
      for (const moment of ['before', 'after'] as const) {
        points++;
        await withScene(async (scene) => {
          await story.prepare(scene);
          const process = new MortalProcess(at, moment);
          await Promise.allSettled([story.run(scene.harness.start({ process }), scene)]);
          expect(process.dead, `${moment} ${effect} (${at})`).toBe(true);
          await expectWholeOrGone(scene, `${moment} ${effect} (${at})`);
        });
      }
    }
  });
});

/** Starts again, and looks at what an operator would see then. */
async function expectWholeOrGone({ harness, reservation }: Scene, where: string): Promise<void> {
  const { attachments, journal, reconciler } = harness.start();
  await attachments.adoptAll();
  await reconciler.run({ force: true });
  expect((await reconciler.run()).findings, where).toEqual([]);

  const [volume, ...others] = (await harness.driver.inspect(reservation.instanceId))?.volumes ?? [];
  const records = journal.attachments();
  expect(others, where).toEqual([]);
  expect(volume?.grants.toSorted() ?? [], where).toEqual(records.map(({ grant }) => grant.identity).sort());
  for (const { plan, status } of records) {
    expect(status, where).toBe('attached');
    expect(volume, where).toMatchObject({ exportName: plan.carrier, sizeBytes: plan.sizeBytes });
  }
  for (const { plan } of records) await attachments.remove(plan.attachmentId);
  expect(harness.leftovers(), where).toEqual([]);
  expect(journal.listener(reservation.instanceId), where).toBeUndefined();
  // Nova's own delete comes last, and only of an instance that is gone do we do it.
  const gone = !harness.cloud.instances.has(reservation.instanceId);
  expect(harness.cloud.cinderAttachments.has(reservation.attachmentId), where).toBe(!gone);
}

async function withScene<T>(action: (scene: Scene) => Promise<T>): Promise<T> {
  const harness = new Harness();
  try {
    const reservation = harness.reserveOne();
    const destination = harness.reserve(reservation.instanceId, reservation.volumeId);
    return await action({ harness, reservation, destination });
  } finally {
    harness.end();
  }
}
