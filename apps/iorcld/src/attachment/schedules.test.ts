import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { type Mistake, mistakes } from '../../test/schedules/mistakes.ts';
import { Schedule } from '../../test/schedules/schedule.ts';
import { Violation } from '../../test/schedules/violation.ts';

vi.setConfig({ testTimeout: 1_800_000 });

/** `IORCLD_SCHEDULES=FIRST-LAST` repeats some, or tries others. */
const [FIRST = 1, LAST = 2_000] = (process.env['IORCLD_SCHEDULES'] ?? '1-2000').split('-').map(Number);
const STEPS = 16;

/** What is broken, or undefined, and everything that happened. */
async function play(seed: number, mistake?: Mistake) {
  const schedule = new Schedule(seed, mistake);
  const violation = await schedule.run(STEPS).then(
    () => undefined,
    (cause: unknown) => {
      if (cause instanceof Violation) return cause.message;
      throw new Error(`seed ${seed} could not be played`, { cause });
    },
  );
  return { violation, schedule };
}

describe('fault schedules', () => {
  const done = new Map<string, { tried: number; succeeded: number }>();
  const digest = createHash('sha256');
  afterAll(() => {
    const list = [...done].map(([name, { tried, succeeded }]) => `${name} ${succeeded} of ${tried}`).sort();
    console.info(`fault schedules tried: ${LAST - FIRST + 1}, seeds ${FIRST} to ${LAST}: ${list.join(', ')}`);
    console.info(`digest of their histories: ${digest.digest('hex').slice(0, 16)}`);
  });

  it('H8 H9 H10 H11 H14 H15 H17 H21 H22: whatever happens in whatever order, no rule is broken, nothing is lost, and nothing left', async () => {
    const broken: string[] = [];
    for (let seed = FIRST; seed <= LAST && broken.length < 5; seed++) {
      const { violation, schedule } = await play(seed);
      if (violation !== undefined) broken.push(`seed ${seed}: ${violation}`);
      for (const line of schedule.history) digest.update(line);
      for (const [name, { tried, succeeded }] of schedule.done) {
        const before = done.get(name) ?? { tried: 0, succeeded: 0 };
        done.set(name, { tried: before.tried + tried, succeeded: before.succeeded + succeeded });
      }
    }
    expect(broken, 'IORCLD_SCHEDULES=SEED-SEED repeats one').toEqual([]);
    if (LAST - FIRST < 1_000) return;
    // Else the histories would have lost their point.
    const never = [...done].filter(([, { succeeded }]) => succeeded < 100).map(([name]) => name);
    expect(never).toEqual([]);
  });
});

it('a seed has one history, whatever was played before', async () => {
  const seeds = [7, 8, 9, 7, 9, 8];
  const histories = new Map<number, readonly string[]>();
  for (const seed of seeds) {
    const { history } = (await play(seed)).schedule;
    expect(history.length).toBeGreaterThan(100);
    expect(history).toEqual(histories.get(seed) ?? history);
    histories.set(seed, history);
  }
});

describe('the schedules notice', () => {
  it.each(mistakes)('$name', async (mistake) => {
    for (let seed = 1; seed <= 100; seed++) {
      const { violation } = await play(seed, mistake);
      if (violation === undefined) continue;
      console.info(`${mistake.name}: noticed at seed ${seed}: ${violation.split('\n')[0]}`);
      return;
    }
    expect.unreachable('nothing was noticed in 100 histories');
  });
});
