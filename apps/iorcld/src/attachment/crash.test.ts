import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type IorcldProcess, IorcldProcesses, type RemoteLife } from '../../test/crash/iorcld-process.ts';
import { Harness, type Life, type Reservation } from '../../test/harness.ts';
import { type KillPoint, MortalProcess } from '../../test/mortal-process.ts';
import { stepNames } from './record.ts';

// Hundreds of processes: what takes seconds alone takes longer beside other tests.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 60_000 });

/** A world and a journal of its own. */
interface Scene {
  readonly harness: Harness;
  readonly reservation: Reservation;
  /** Another attachment of the same volume and instance, once Nova has made it for a live migration. */
  destination: Reservation | undefined;
}

/** What happens, from a state that `prepare` makes. */
interface Story {
  readonly name: string;
  /** Of the effects of one run, so that a story which has lost its point is noticed. */
  readonly atLeast: number;
  prepare(scene: Scene): Promise<void>;
  run(life: RemoteLife, scene: Scene): Promise<unknown>;
}

const GIB = 1024 ** 3;
const create = (
  { attachments }: RemoteLife | Life,
  { attachmentId }: Reservation,
  computeHost = 'compute-1',
): Promise<unknown> => attachments.create({ attachmentId, computeHost });
const attached = async ({ harness, reservation }: Scene): Promise<void> =>
  void (await create(harness.start(), reservation));
const migrating = async (scene: Scene): Promise<void> => {
  const { harness, reservation } = scene;
  await attached(scene);
  scene.destination = harness.reserve(reservation.instanceId, reservation.volumeId);
  harness.change(reservation.instanceId, { taskState: 'migrating' });
};
const destinationOf = ({ destination }: Scene): Reservation => {
  if (destination === undefined) throw new Error('no live migration has begun');
  return destination;
};
const handedOver = async (scene: Scene): Promise<void> => {
  await migrating(scene);
  await create(scene.harness.start(), destinationOf(scene), 'compute-2');
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
    name: 'the undoing of an attach that was killed before',
    atLeast: stepNames.length,
    prepare: async ({ harness, reservation }) => {
      const process = new MortalProcess({ effect: stepNames.length * 2, moment: 'after' });
      await Promise.allSettled([create(harness.start({ process }), reservation)]);
    },
    run: (life) => life.attachments.adoptAll(),
  },
  {
    name: 'the beginning of a live migration',
    atLeast: stepNames.length * 2,
    prepare: migrating,
    run: (life, scene) => create(life, destinationOf(scene), 'compute-2'),
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
    run: (life, scene) => life.attachments.remove(destinationOf(scene).attachmentId),
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

let processes: IorcldProcesses;
beforeAll(async () => {
  processes = await IorcldProcesses.open();
});
afterAll(() => processes[Symbol.asyncDispose]());

const points = new Map<string, number>();
afterAll(() => {
  const total = points.values().reduce((sum, count) => sum + count, 0);
  const each = points.entries().map(([story, count]) => `  ${count} during ${story}`);
  console.info([`killed by SIGKILL at ${total} points, and started again:`, ...each].join('\n'));
});

describe.each(stories)('H22: iorcld killed during $name', (story) => {
  it('before and after every effect: the next start makes it whole or gone; nothing is lost, and nothing left', async () => {
    using scenes = new DisposableStack();
    const whole = await openScene(story, scenes);
    const effects = await effectsOf(story, whole);
    expect(effects.length).toBeGreaterThanOrEqual(story.atLeast);

    let last: Aftermath = { scene: whole, where: 'after all' };
    for (const [effect, name] of effects.entries()) {
      for (const moment of ['before', 'after'] as const) {
        // A process that has just started takes over from the one that was killed last, and is the next to be killed.
        const process = processes.next();
        await expectWholeOrGone(last, process);
        const scene = await openScene(story, scenes);
        last = { scene, where: `${moment} ${name} (effect ${effect})` };
        await kill(story, process, { effect, moment }, last);
        points.set(story.name, (points.get(story.name) ?? 0) + 1);
      }
    }
    await using process = processes.next();
    await expectWholeOrGone(last, process);
  });
});

/** What a kill left behind. */
interface Aftermath {
  readonly scene: Scene;
  readonly where: string;
}

async function effectsOf(story: Story, scene: Scene): Promise<readonly string[]> {
  await using process = processes.next();
  await story.run(await process.start(scene.harness), scene);
  return await process.effects();
}

async function kill(story: Story, process: IorcldProcess, at: KillPoint, { scene, where }: Aftermath): Promise<void> {
  const life = await process.start(scene.harness, at);
  const [run] = await Promise.allSettled([story.run(life, scene)]);
  expect(process.killedBy, `${where}: ${JSON.stringify(run)}`).toBe('SIGKILL');
}

/** Starts again, and looks at what an operator would see then. */
async function expectWholeOrGone({ scene, where }: Aftermath, process: IorcldProcess): Promise<void> {
  const { harness, reservation } = scene;
  const { attachments, journal, reconciler } = await process.start(harness);
  expect(await journal.lost(), where).toBeUndefined();
  await attachments.adoptAll();
  await novaRollsBack(scene, journal);
  await reconciler.run({ force: true });
  expect((await reconciler.run()).findings, where).toEqual([]);

  const [volume, ...others] = (await harness.driver.inspect(reservation.instanceId))?.volumes ?? [];
  const records = await journal.attachments();
  expect(others, where).toEqual([]);
  expect(volume?.grants.toSorted() ?? [], where).toEqual(records.map(({ grant }) => grant.identity).sort());
  for (const { plan, status } of records) {
    expect(status, where).toBe('attached');
    expect(volume, where).toMatchObject({ exportName: plan.carrier, sizeBytes: plan.sizeBytes });
  }
  for (const { plan } of records) await attachments.remove(plan.attachmentId);
  expect(harness.leftovers(), where).toEqual([]);
  expect(await journal.attachments(), where).toEqual([]);
  expect(await journal.listener(reservation.instanceId), where).toBeUndefined();
  // Nova's own delete comes last, and only of an instance that is gone do we do it.
  const gone = !harness.cloud.instances.has(reservation.instanceId);
  expect(harness.cloud.cinderAttachments.has(reservation.attachmentId), where).toBe(!gone);
}

/** A migration to a destination that iorcld doesn't have has failed, or is given up: Nova deletes its attachment. */
async function novaRollsBack({ harness, destination }: Scene, journal: RemoteLife['journal']): Promise<void> {
  if (destination === undefined || (await journal.attachment(destination.attachmentId)) !== undefined) return;
  await harness.cloud.deleteAttachment(destination.attachmentId);
}

async function openScene({ prepare }: Story, scenes: DisposableStack): Promise<Scene> {
  const harness = scenes.adopt(new Harness(), (one) => one.end());
  const scene: Scene = { harness, reservation: harness.reserveOne(), destination: undefined };
  await prepare(scene);
  harness.stop();
  return scene;
}
