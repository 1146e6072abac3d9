import { afterAll, expect, it, vi } from 'vitest';
import { Schedule } from '../../test/schedules/schedule.ts';

vi.setConfig({ testTimeout: 600_000 });

/** `IORCLD_SCHEDULES=FIRST-LAST` repeats some, or tries others. */
const [FIRST = 1, LAST = 2_000] = (process.env['IORCLD_SCHEDULES'] ?? '1-2000').split('-').map(Number);
const STEPS = 25;

const done = new Map<string, number>();
afterAll(() => {
  const list = [...done].map(([name, count]) => `${name} ${count}`).join(', ');
  console.info(`fault schedules tried: ${LAST - FIRST + 1}, seeds ${FIRST} to ${LAST}: ${list}`);
});

it('H8 H9 H10 H11 H14 H15 H21 H22: whatever happens in whatever order, no rule is broken, nothing is lost, and nothing left', async () => {
  const broken: string[] = [];
  for (let seed = FIRST; seed <= LAST && broken.length < 5; seed++) {
    const schedule = new Schedule(seed);
    try {
      await schedule.run(STEPS);
    } catch (cause) {
      broken.push(`seed ${seed}: ${cause instanceof Error ? cause.message : cause}`);
    }
    for (const [name, count] of schedule.done) done.set(name, (done.get(name) ?? 0) + count);
  }
  expect(broken, 'IORCLD_SCHEDULES=SEED-SEED repeats one').toEqual([]);
});
