import { afterAll, describe, expect, it, vi } from 'vitest';
import { Harness, type Life, type Reservation } from '../../test/harness.ts';
import { MortalProcess } from '../../test/mortal-process.ts';
import { stepNames } from './record.ts';

// Real processes and many starts: what takes seconds alone takes longer beside other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

/** What an operator does, from a state that `prepare` makes. */
interface Story {
  readonly name: string;
  prepare(harness: Harness, reservation: Reservation): Promise<void>;
  run(life: Life, reservation: Reservation): Promise<unknown>;
}

const create = ({ attachments }: Life, { attachmentId }: Reservation): Promise<unknown> =>
  attachments.create({ attachmentId, computeHost: 'compute-1' });

const stories: readonly Story[] = [
  { name: 'attach', prepare: async () => {}, run: create },
  {
    name: 'failing attach',
    prepare: async (harness) => {
      harness.driver.export = () => Promise.reject(new Error('no'));
    },
    run: (life, reservation) => create(life, reservation).catch(() => undefined),
  },
  {
    name: 'detach',
    prepare: async (harness, reservation) => void (await create(harness.start(), reservation)),
    run: (life, { attachmentId }) => life.attachments.remove(attachmentId),
  },
  {
    name: 'adoption of a dead data plane',
    prepare: async (harness, reservation) => {
      await create(harness.start(), reservation);
      harness.driver.instances.clear();
      harness.plugs.plugged.clear();
    },
    run: (life) => life.attachments.adoptAll(),
  },
];

let points = 0;
afterAll(() => console.info(`crash points tried: ${points}`));

describe.each(stories)('H22: iorcld killed during $name', (story) => {
  it('at any point: after the next start the attachment is whole or gone, and nothing else is left', async () => {
    const effects = await withHarness(async (harness, reservation) => {
      await story.prepare(harness, reservation);
      const process = new MortalProcess();
      await story.run(harness.start({ process }), reservation);
      return process.effects;
    });
    expect(effects.length).toBeGreaterThan(stepNames.length);
    for (const [at, effect] of effects.entries()) {
      for (const moment of ['before', 'after'] as const) {
        points++;
        await withHarness(async (harness, reservation) => {
          await story.prepare(harness, reservation);
          const process = new MortalProcess(at, moment);
          await Promise.allSettled([story.run(harness.start({ process }), reservation)]);
          expect(process.dead, `${moment} ${effect} (${at})`).toBe(true);

          const next = harness.start();
          await next.attachments.adoptAll();
          const [attachment] = next.attachments.list();
          if (attachment === undefined) {
            expect(harness.leftovers(), `${moment} ${effect} (${at})`).toEqual([]);
            expect(next.journal.listener(reservation.instanceId)).toBeUndefined();
            return;
          }
          expect(attachment.status, `${moment} ${effect} (${at})`).toBe('attached');
          const [volume] = (await harness.driver.inspect(reservation.instanceId))?.volumes ?? [];
          expect(volume?.exportName).toBe(reservation.attachmentId);
          await next.attachments.remove(reservation.attachmentId);
          expect(harness.leftovers()).toEqual([]);
        });
      }
    }
  });
});

async function withHarness<T>(action: (harness: Harness, reservation: Reservation) => Promise<T>): Promise<T> {
  const harness = new Harness();
  try {
    return await action(harness, harness.reserveOne());
  } finally {
    harness.end();
  }
}
